//! The Channel API, held against its document: statuses and bodies.

mod accounts;
mod checklist;
mod groups;
mod inbound;
mod manage;
mod notices;
mod once;
mod register;
mod wallet;
mod yolo;

use serde_json::{Value, json};
use tests::{App, Callback, Channel};

/// A host with a webhook channel on which no one answers by themselves.
async fn bare() -> (App, Callback, Channel) {
    bare_with(App::build()).await
}

/// The same with a host that differs.
async fn bare_with(app: tests::app::Builder) -> (App, Callback, Channel) {
    let (app, callback, channel) = crate::serving_with(app, "oblige").await;
    let query = "mutation ($id: ID!) { updateChannel(id: $id, input: { agent: null }) { id } }";
    let answer = app
        .owner()
        .graphql(query, json!({ "id": channel.id }))
        .await;
    assert!(answer.get("errors").is_none(), "{answer}");
    (app, callback, channel)
}

/// What everyone sends with a command.
fn from(user: &str) -> Value {
    json!({ "externalUserId": user })
}

/// The same with more.
fn with(user: &str, more: Value) -> Value {
    let mut body = from(user);
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// The same out of a group.
fn in_group(user: &str, more: Value) -> Value {
    let mut body = with(user, more);
    body["isGroup"] = json!(true);
    body["groupExternalId"] = json!("G67890");
    body["groupName"] = json!("Engineering");
    body
}
