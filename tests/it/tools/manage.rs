//! Enabling toolsets, looking at them, and taking them away.

use serde_json::{Value, json};
use tests::App;
use tests::fakes::mcp::Mcp;

use super::{Using, enable, handy, try_connect, update};

fn field(answer: &Value) -> &str {
    let field = &answer["errors"][0]["extensions"]["field"];
    field.as_str().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test]
async fn toolsets_are_listed_with_what_they_have() {
    let using = Using::start().await;
    let (owner, server) = (using.app.owner(), Mcp::start().await);
    let handy = using.handy(json!({ "approvals": ["say"] })).await;
    using.connected(&server).await;
    let all = "{ toolsets { nodes { name kind url module { digest } approvals } }
        projects { nodes { toolsets { nodes { id } } } } }";
    let all = owner.graphql(all, json!({})).await;
    let nodes = &all["data"]["toolsets"]["nodes"];
    assert_eq!(nodes[0]["kind"], "MODULE", "{all}");
    assert!(nodes[0]["module"]["digest"].is_string(), "{all}");
    assert_eq!(nodes[0]["approvals"], json!(["say"]));
    assert_eq!(
        (&nodes[1]["kind"], &nodes[1]["url"]),
        (&json!("SERVER"), &json!(server.url()))
    );
    let node = "query($id: ID!) { node(id: $id) { id ... on Toolset { name } } toolset(id: $id) { name } }";
    let node = owner.graphql(node, json!({ "id": handy["id"] })).await;
    assert_eq!(node["data"]["node"]["name"], "handy", "{node}");

    let tools = "query($id: ID!) { toolsetTools(id: $id) {
        problem tools { name ownName needsApproval inputSchema } refused { name reason } } }";
    let told = owner.graphql(tools, json!({ "id": handy["id"] })).await;
    let told = &told["data"]["toolsetTools"];
    assert_eq!(told["tools"][0]["name"], "handy__say", "{told}");
    assert_eq!(told["tools"][0]["needsApproval"], true);
    assert_eq!(told["tools"][1]["needsApproval"], false);
    assert_eq!(told["refused"][0]["name"], "handy__endless");

    let remove = "mutation($id: ID!) { removeToolset(id: $id) { name } }";
    let removed = owner.graphql(remove, json!({ "id": handy["id"] })).await;
    assert_eq!(
        removed["data"]["removeToolset"]["name"], "handy",
        "{removed}"
    );
    assert_eq!(using.say("tools").await, "far__say");
    let again = owner.graphql(remove, json!({ "id": handy["id"] })).await;
    assert_eq!(
        again["errors"][0]["extensions"]["code"], "not_found",
        "{again}"
    );
    using.app.finish().await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told_to_its_owner() {
    let using = Using::of(App::build().set("CLOISTER_TOOL_SECONDS", "1")).await;
    let owner = using.app.owner();
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", gone.local_addr().unwrap());
    let made = try_connect(&owner, json!({ "name": "gone", "url": url })).await;
    let id = &made["data"]["connectToolServer"]["id"];
    let tools = "query($id: ID!) { toolsetTools(id: $id) { problem tools { name } } }";
    let told = owner.graphql(tools, json!({ "id": id })).await;
    let problem = told["data"]["toolsetTools"]["problem"].as_str();
    assert_eq!(
        problem,
        Some("The toolset `gone` did not answer within 1000 ms."),
        "{told}"
    );
    using.app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_field() {
    let app = App::start().await;
    let owner = app.owner();
    let digest = handy(&owner).await;
    let try_enable = async |input: Value| {
        let query = "mutation($input: EnableToolsetInput!) { enableToolset(input: $input) { id } }";
        owner.graphql(query, json!({ "input": input })).await
    };
    for (input, wrong) in [
        (json!({ "name": "a__b", "module": digest }), "name"),
        (json!({ "name": "A", "module": digest }), "name"),
        (json!({ "name": "a", "module": "abc" }), "module"),
        (
            json!({ "name": "a", "module": digest, "capabilities": ["model"] }),
            "capabilities",
        ),
        (
            json!({ "name": "a", "module": "navigator", "capabilities": ["log"] }),
            "capabilities",
        ),
        (
            json!({ "name": "a", "module": digest, "approvals": [""] }),
            "approvals",
        ),
    ] {
        let answer = try_enable(input.clone()).await;
        assert_eq!(field(&answer), wrong, "{input}");
    }
    let unknown = try_enable(json!({ "name": "a", "module": "0".repeat(64) })).await;
    assert_eq!(
        unknown["errors"][0]["extensions"]["code"], "not_found",
        "{unknown}"
    );
    let modules = owner
        .graphql("{ modules { nodes { digest isToolset } } }", json!({}))
        .await;
    let nodes = modules["data"]["modules"]["nodes"]
        .as_array()
        .unwrap_or_else(|| panic!("{modules}"));
    let without = nodes
        .iter()
        .find(|node| node["isToolset"] == false)
        .unwrap();
    let answer = try_enable(json!({ "name": "a", "module": without["digest"] })).await;
    assert_eq!(field(&answer), "module");

    let made = enable(&owner, json!({ "name": "a", "module": digest })).await;
    let twice = try_enable(json!({ "name": "a", "module": digest })).await;
    assert_eq!(
        twice["errors"][0]["extensions"]["code"], "conflict",
        "{twice}"
    );
    let answer = update(
        &owner,
        json!({ "id": made["id"], "url": "https://example.com" }),
    )
    .await;
    assert_eq!(field(&answer), "url");
    for header in [
        json!({ "value": "short" }),
        json!({ "value": "Bearer x" }),
        json!({ "name": "a b", "value": "hunter2-hunter2" }),
        json!({ "name": "Host", "value": "hunter2-hunter2" }),
        json!({ "name": "Mcp-Session-Id", "value": "hunter2-hunter2" }),
        json!({ "value": "hunter2\r\nX: hunter2-hunter2" }),
    ] {
        let input = json!({ "name": "b", "url": "http://127.0.0.1:9/", "header": header });
        let answer = try_connect(&owner, input).await;
        assert_eq!(field(&answer), "header", "{header}");
        assert!(!answer.to_string().contains("hunter2"), "{answer}");
    }
    app.finish().await;
}
