//! Answers as the specification of GraphQL has them: fields in the order of the query, and null in place of what failed.

use reqwest::Method;
use serde_json::{Value, json};

use super::ask;

/// The names of the fields of an answer, in the order in which it has them.
fn names(answer: &str) -> Vec<&str> {
    let parts: Vec<&str> = answer.split('"').collect();
    let pairs = parts.windows(2);
    let names = pairs.filter(|pair| pair[1].starts_with(':'));
    names.map(|pair| pair[0]).collect()
}

#[tokio::test]
async fn fields_have_the_order_of_the_query() {
    let (app, _callback, channel) = crate::serving("echo").await;
    channel.say("U1", "hello").await;
    let of_channel = "query($id: ID!) { channel(id: $id) { primaryAgent { id } } }";
    let data = ask(&app, of_channel, json!({ "id": channel.id })).await;
    let agent = &data["channel"]["primaryAgent"]["id"];
    // What has to be read comes before what is there already, on every level, in fragments, behind an interface, and twice.
    let query = "query($id: ID!, $agent: ID!) {
        channel(id: $id) { project { name id } name
            conversations(first: 1) { nodes { contact { displayName id } ...on Conversation { channel { id } } id
                messages(first: 1) { nodes { turn { agent { name } status } agent { id } text turn { id } ...Said } pageInfo { hasNextPage } } }
                pageInfo { hasPreviousPage } }
            kind }
        node(id: $agent) { ... on Node { __typename } ... on Agent { project { slug } name } ... on Channel { kind } id }
        again: viewer { name } viewer { id } }
        fragment Said on Message { conversation { isGroup } direction }";
    let variables = json!({ "id": channel.id, "agent": agent });
    let body = json!({ "query": query, "variables": variables });
    let request = app.owner().request(Method::POST, "/graphql").json(&body);
    let answer = request.send().await.unwrap().text().await.unwrap();
    let expected = "data channel project name id name conversations nodes contact displayName id channel id id
        messages nodes turn agent name status id agent id text conversation isGroup direction pageInfo hasNextPage
        pageInfo hasPreviousPage kind
        node __typename project slug name id
        again name viewer id";
    let expected: Vec<&str> = expected.split_whitespace().collect();
    assert_eq!(names(&answer), expected, "{answer}");
    app.finish().await;
}

#[tokio::test]
async fn what_failed_is_null_as_far_up_as_it_has_to_be() {
    let (app, _callback, channel) = crate::serving("echo").await;
    channel.say("U1", "hello").await;
    let answer = async |query: &str, id: &Value| {
        let answer = app.owner().graphql(query, json!({ "id": id })).await;
        let errors = answer["errors"].as_array().unwrap();
        let paths: Vec<Value> = errors.iter().map(|error| error["path"].clone()).collect();
        (answer["data"].clone(), json!(paths))
    };
    let name = json!({ "name": "Owner" });

    // A field that may be null is.
    let wrong = json!("shoe_1");
    let query = "query($id: ID!) { node(id: $id) { id } viewer { name } }";
    let expected = json!({ "node": null, "viewer": name });
    assert_eq!(answer(query, &wrong).await, (expected, json!([["node"]])));

    // One that may not makes null of what it is in, up to what may be.
    let agent = "query($id: ID!) { channel(id: $id) { primaryAgent { id } } }";
    let data = ask(&app, agent, json!({ "id": channel.id })).await;
    let agent = &data["channel"]["primaryAgent"]["id"];
    let query = "query($id: ID!) { viewer { name }
        node(id: $id) { id ... on Agent { name turns(first: 0) { nodes { id } } } } }";
    let expected = json!({ "viewer": name, "node": null });
    let path = json!([["node", "turns"]]);
    assert_eq!(answer(query, agent).await, (expected, path));

    // Of the root nothing is left, wherever in it the error is.
    let channel = json!(channel.id);
    let query =
        "query($id: ID!) { viewer { name } channel(id: $id) { conversations(first: 1) { nodes {
        id messages(first: 0) { nodes { id } } } } } }";
    let path = json!([["channel", "conversations", "nodes", 0, "messages"]]);
    assert_eq!(answer(query, &channel).await, (Value::Null, path));
    app.finish().await;
}
