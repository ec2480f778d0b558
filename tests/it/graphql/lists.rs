//! Lists are connections, whatever has an id is a node, and reading many costs as many statements as reading few.

use serde_json::{Value, json};
use tests::{App, Channel};

use super::ask;

/// Texts of a page, and its `pageInfo`.
fn page(data: &Value) -> (Vec<&str>, &Value) {
    let list = &data["conversation"]["messages"];
    let nodes = list["nodes"].as_array().unwrap().iter();
    let texts = nodes.map(|node| node["text"].as_str().unwrap());
    (texts.collect(), &list["pageInfo"])
}

async fn conversation(app: &App, channel: &Channel) -> String {
    let query = "query($id: ID!) { conversations(channelId: $id, first: 1) { nodes { id } } }";
    let data = ask(app, query, json!({ "id": channel.id })).await;
    data["conversations"]["nodes"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_list_is_read_page_by_page_from_either_end() {
    let (app, _callback, channel) = crate::serving("echo").await;
    for text in ["a", "b", "c"] {
        channel.say("U1", text).await;
    }
    let id = conversation(&app, &channel).await;
    let query = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { conversation(id: $id) {
        messages(first: $first, after: $after, last: $last, before: $before) {
            nodes { text } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";
    let read = async |paging: Value| {
        let mut variables = paging;
        variables["id"] = json!(id);
        ask(&app, query, variables).await
    };

    // The newest first: what the agent said comes before what it was told.
    let first = read(json!({ "first": 4 })).await;
    let (texts, info) = page(&first);
    assert_eq!(texts, ["c", "c", "b", "b"]);
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(true), &json!(false))
    );
    let next = read(json!({ "first": 4, "after": info["endCursor"] })).await;
    let (texts, info) = page(&next);
    assert_eq!(texts, ["a", "a"]);
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(false), &json!(true))
    );

    let last = read(json!({ "last": 3 })).await;
    let (texts, info) = page(&last);
    assert_eq!(texts, ["b", "a", "a"]);
    assert_eq!(info["hasPreviousPage"], true);
    let before = read(json!({ "last": 3, "before": info["startCursor"] })).await;
    let (texts, info) = page(&before);
    assert_eq!(texts, ["c", "c", "b"]);
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(true), &json!(false))
    );

    let both = json!({ "id": id, "first": 1, "last": 1 });
    assert_eq!(
        super::refused(&app, query, both).await,
        ("invalid".to_owned(), json!("last"))
    );
    let wrong = json!({ "id": id, "after": "bm90IG9uZQ" });
    assert_eq!(
        super::refused(&app, query, wrong).await,
        ("invalid".to_owned(), json!("after"))
    );
    app.finish().await;
}

#[tokio::test]
async fn whatever_has_an_id_is_found_by_it() {
    let (app, _callback, channel) = crate::serving("counter").await;
    channel
        .say("U1", "remind me in 3600 seconds to stretch")
        .await;
    let query = "query($id: ID!) { viewer { id } projects { nodes { id } } modules { nodes { id } } channel(id: $id) {
        id primaryAgent { id turns { nodes { id } } schedules { nodes { id } } }
        conversations { nodes { id } } contacts { nodes { id } } deliveries { nodes { id } } }
        messages: conversations(channelId: $id) { nodes { messages { nodes { id } } } } }";
    let data = ask(&app, query, json!({ "id": channel.id })).await;
    let mut ids = Vec::new();
    collect(&data, &mut ids);
    let find = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let found = ask(&app, find, json!({ "ids": ids })).await;
    let found = found["nodes"].as_array().unwrap();
    let names: std::collections::BTreeSet<&str> = found
        .iter()
        .map(|node| node["__typename"].as_str().unwrap())
        .collect();
    for node in [
        "User",
        "Project",
        "Module",
        "Channel",
        "Agent",
        "Turn",
        "Schedule",
        "Conversation",
        "Contact",
        "Message",
    ] {
        assert!(names.contains(node), "{node}: {names:?}");
    }
    let again: Vec<&str> = found
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect();
    assert_eq!(again, ids);

    let one = "query($id: ID!) { node(id: $id) { id } }";
    let nowhere = json!({ "id": format!("agt_{}", "0".repeat(32)) });
    assert_eq!(ask(&app, one, nowhere).await["node"], Value::Null);
    let wrong = json!({ "id": "shoe_1" });
    assert_eq!(
        super::refused(&app, one, wrong).await,
        ("invalid".to_owned(), json!("id"))
    );

    // The timer would keep the house from settling.
    let timer = ids.iter().find(|id| id.starts_with("sch_")).unwrap();
    let cancel = "mutation($id: ID!) { cancelSchedule(id: $id) { id name agent { name } conversation { id } } }";
    let cancelled = ask(&app, cancel, json!({ "id": timer })).await;
    assert_eq!(cancelled["cancelSchedule"]["agent"]["name"], "counter");
    assert_eq!(
        super::refused(&app, cancel, json!({ "id": timer })).await.0,
        "not_found"
    );
    app.finish().await;
}

/// Every `id` in an answer, in its order.
fn collect(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
            Value::String(id) if name == "id" => ids.push(id.clone()),
            value => collect(value, ids),
        }),
        Value::Array(list) => list.iter().for_each(|value| collect(value, ids)),
        _ => {}
    }
}

/// Everything that hangs on a message, a turn and an agent, for many at a time.
const DEEP: &str = "query($id: ID!) { channel(id: $id) { project { name } conversations(first: 10) { nodes {
    contact { id } channel { id } agent { id }
    messages(first: 10) { nodes { text contact { displayName user { id } } agent { name } user { id } conversation { id }
        turn { status agent { name } module { digest } message { id } replies { text agent { id } } } } }
    turns(first: 10) { nodes { id replies { id } } } } }
    contacts { nodes { id channel { id } } } deliveries { nodes { id message { id } conversation { id } } } }
    agents(first: 10) { nodes { name grants { capability } modules(first: 10) { nodes { module { id } } } channels(first: 10) { nodes { id } }
        log(first: 10) { nodes { id turn { id } } } turns(first: 100) { nodes { id } } schedules(first: 10) { nodes { id } } module { id } } } }";

#[tokio::test]
async fn reading_many_costs_as_many_statements_as_reading_few() {
    let (app, _callback, channel) = crate::serving("echo").await;
    channel.say("U0", "few").await;
    let few = statements(&app, &channel).await;
    for person in 0..8 {
        for text in ["a", "b", "c"] {
            channel.say(&format!("U{person}"), text).await;
        }
    }
    let data = ask(&app, DEEP, json!({ "id": channel.id })).await;
    let conversations = data["channel"]["conversations"]["nodes"]
        .as_array()
        .unwrap();
    assert_eq!(conversations.len(), 8);
    assert!(
        conversations
            .iter()
            .all(|one| one["messages"]["nodes"].as_array().unwrap().len() >= 6)
    );
    let many = statements(&app, &channel).await;
    println!("{many} statements for 8 conversations, {few} for one");
    assert!(few > 10.0);
    assert!(many <= few, "{many} for many, {few} for few");
    app.finish().await;
}

async fn statements(app: &App, channel: &Channel) -> f64 {
    let variables = json!({ "id": channel.id });
    app.fewest_statements(async || {
        ask(app, DEEP, variables.clone()).await;
    })
    .await
}
