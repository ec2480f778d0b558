//! Agents in Python and in JavaScript: from an empty folder to an answer, with all that the SDK has.

mod capabilities;
mod misdeeds;
mod native;
mod walk;
mod weather;

use serde_json::{Value, json};
use tests::app::Builder;
use tests::languages::{Language, Project};
use tests::owner::Owner;
use tests::{App, Callback, Channel};

/// The agents of this checkout that do what a test asks for.
fn oblige(language: Language) -> Project {
    match language {
        Language::Python => Project::of(language, "tests/guests/oblige-python"),
        Language::Js => Project::of(language, "tests/guests/oblige-js"),
    }
}

/// A host on which a runtime of many megabytes may take long to compile, since it is a debug build.
fn patient() -> Builder {
    App::build().set("CLOISTER_COMPILE_SECONDS", "600")
}

/// A host with the agent of a project behind a webhook channel, with these capabilities on these terms.
async fn serving(
    app: Builder,
    project: &Project,
    grants: &[(&str, Value)],
) -> (App, Callback, Channel) {
    let module = std::fs::read(project.built()).unwrap();
    let app = app.start().await;
    let callback = Callback::start().await;
    let owner = app.owner();
    owner.pushed("abroad", module).await;
    for (capability, terms) in grants {
        allow(&owner, capability, terms).await;
    }
    let channel = owner.channel("abroad", &callback.url()).await;
    (app, callback, channel)
}

async fn allow(owner: &Owner, capability: &str, terms: &Value) {
    let query = "mutation($capability: String!, $terms: Json) {
        allowCapability(input: { agent: \"abroad\", capability: $capability, terms: $terms }) { id } }";
    let variables = json!({ "capability": capability, "terms": terms });
    let answer = owner.graphql(query, variables).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
}

async fn set_secret(owner: &Owner, name: &str, value: &str, host: &str) {
    let query = "mutation($name: String!, $value: String!, $hosts: [String!]!) {
        setSecret(input: { agent: \"abroad\", name: $name, value: $value, hosts: $hosts }) { name } }";
    let variables = json!({ "name": name, "value": value, "hosts": [host] });
    let answer = owner.graphql(query, variables).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
}

/// What the agent answers to one message.
async fn say(channel: &Channel, text: &str) -> String {
    channel.say("U1", text).await.join(" / ")
}

/// The lines that the agent's owner sees, as one text.
async fn log(app: &App) -> String {
    let lines = "SELECT level || ' ' || message FROM agent_log ORDER BY id";
    let rows = app.database().rows(lines, &[]).await;
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}
