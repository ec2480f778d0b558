//! Conversations with people in them, routed by workflows, and seen from every host.

mod holding;
mod nats;
mod notices;
mod subscriptions;
mod workflows;

use serde_json::{Value, json};
use tests::{App, Channel};

/// What a GraphQL answer has, where nothing went wrong.
fn data(answer: Value) -> Value {
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"].clone()
}

/// The sentence and the code of the one error of an answer.
fn error(answer: &Value) -> (String, String) {
    let error = &answer["errors"][0];
    let text = |value: &Value| {
        value
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned()
    };
    (text(&error["message"]), text(&error["extensions"]["code"]))
}

/// The ids of a channel's conversations, the newest first.
async fn conversations(app: &App, channel: &Channel) -> Vec<String> {
    let rows = app
        .database()
        .rows(
            "SELECT c.id::text FROM conversations c WHERE 'ch_' || replace(c.channel_id::text, '-', '') = $1 \
             ORDER BY c.id DESC",
            &[&channel.id],
        )
        .await;
    rows.iter().map(|row| row.get(0)).collect()
}

/// The id of an agent.
async fn agent_id(app: &App, name: &str) -> String {
    let query = "query($name: String!) { agent(name: $name) { id } }";
    let answer = app.owner().graphql(query, json!({ "name": name })).await;
    data(answer)["agent"]["id"].as_str().unwrap().to_owned()
}
