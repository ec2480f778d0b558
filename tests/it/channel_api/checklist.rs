//! The document's index of endpoints, each with a test or a row: what is missing shows here.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::Channel;

use super::{bare, from, in_group, with};

/// Endpoints with tests of their own.
const TESTED: [(&str, &str); 14] = [
    ("GET /api/channels", "manage"),
    ("POST /api/channels", "manage"),
    ("DELETE /api/channels/:id", "manage"),
    ("POST /api/channels/:id/rotate-key", "manage"),
    ("POST /api/channels/register", "register"),
    ("POST /api/channels/:channelId/inbound", "inbound"),
    ("POST /api/channels/:channelId/commands/getlink", "wallet"),
    ("POST /api/channels/:channelId/actions/get-link", "wallet"),
    ("POST /api/channels/:channelId/commands/getwallet", "wallet"),
    ("POST /api/channels/:channelId/actions/get-wallet", "wallet"),
    ("POST /api/channels/:channelId/commands/balance", "wallet"),
    ("POST /api/channels/:channelId/commands/fund", "wallet"),
    (
        "POST /api/channels/:channelId/commands/fund-agent",
        "wallet",
    ),
    (
        "POST /api/channels/:channelId/commands/fund_agent",
        "wallet",
    ),
];

/// Endpoints that this host does not have yet: a caller is told that there is no such command.
const MISSING: [&str; 3] = ["commands/repos", "commands/spawn", "commands/fork"];

/// A step of the story that the rows tell, in order: a path, what is sent, the same as a message, and what is answered.
struct Row {
    path: &'static str,
    body: Value,
    message: Value,
    reply: &'static str,
}

fn row(path: &'static str, body: Value, message: Value, reply: &'static str) -> Row {
    Row {
        path,
        body,
        message,
        reply,
    }
}

/// Each is done by its route as U1 and by a message as U2, to whom the same happens.
fn rows() -> Vec<Row> {
    let one = |more: Value| with("U1", more);
    let said = |text: &str| with("U2", json!({ "message": text }));
    let group = |more: Value| in_group("U1", more);
    let said_in_group = |text: &str| in_group("U2", json!({ "message": text }));
    vec![
        row(
            "commands/help",
            from("U1"),
            said("/help"),
            "Commands:\n/create NAME – ",
        ),
        row(
            "commands/status",
            from("U1"),
            said("/status"),
            "No agent is loaded.",
        ),
        row(
            "commands/list",
            from("U1"),
            said("/list"),
            "You have no agents.",
        ),
        row(
            "commands/create",
            one(json!({ "name": "my-agent" })),
            said("/create my-agent"),
            "Agent 'my-agent' created and starting...",
        ),
        row(
            "commands/prompt",
            one(json!({ "prompt": "good morning" })),
            said("/prompt good morning"),
            "good morning",
        ),
        row(
            "commands/mute",
            from("U1"),
            said("/mute"),
            "Nothing is at work here",
        ),
        row(
            "commands/stop",
            from("U1"),
            said("/stop"),
            "Agent 'my-agent' is stopped.",
        ),
        row(
            "commands/start",
            from("U1"),
            said("/start"),
            "Agent 'my-agent' is running.",
        ),
        row(
            "commands/stop-agent",
            one(json!({ "agentName": "my-agent" })),
            said("/stop_agent my-agent"),
            "Agent 'my-agent' is stopped.",
        ),
        row(
            "commands/start-agent",
            one(json!({ "agentName": "my-agent" })),
            said("/start_agent my-agent"),
            "Agent 'my-agent' is running.",
        ),
        row(
            "commands/restart",
            from("U1"),
            said("/restart"),
            "Agent 'my-agent' was restarted",
        ),
        row(
            "commands/deload",
            from("U1"),
            said("/deload"),
            "Agent 'my-agent' is not loaded any more.",
        ),
        row(
            "commands/load",
            one(json!({ "agentName": "MY-AGENT" })),
            said("/load my-agent"),
            "Agent 'my-agent' is loaded (running).",
        ),
        row(
            "commands/share",
            group(json!({ "name": "my-agent" })),
            said_in_group("/share my-agent"),
            "Agent 'my-agent' is shared in this group: @my-agent MESSAGE talks to it.",
        ),
        row(
            "commands/share-agent",
            group(json!({ "name": "my-agent" })),
            said_in_group("/share-agent my-agent"),
            "Agent 'my-agent' is shared in this group already.",
        ),
        row(
            "commands/unshare-agent",
            group(json!({ "name": "my-agent" })),
            said_in_group("/unshare-agent my-agent"),
            "Agent 'my-agent' is not shared in this group any more.",
        ),
        row(
            "commands/create-shared",
            group(json!({ "name": "team-agent" })),
            said_in_group("/create-shared team-agent"),
            "Agent 'team-agent' created and starting...",
        ),
        row(
            "commands/yolo",
            one(json!({ "command": "please load the agent my-agent" })),
            said("/yolo please load the agent my-agent"),
            "Ran /load my-agent:\nAgent 'my-agent' is loaded",
        ),
        row(
            "commands/yolo-mode",
            from("U1"),
            said("/yolo-mode"),
            "YOLO mode is on",
        ),
        row(
            "commands/yolo-mode-off",
            from("U1"),
            said("/yolo-mode-off"),
            "YOLO mode is off.",
        ),
        row(
            "commands/delete",
            one(json!({ "name": "my-agent" })),
            said("/delete my-agent"),
            "Agent 'my-agent' is deleted.",
        ),
        row(
            "commands/login",
            from("U1"),
            said("/login"),
            "Sign in in a browser",
        ),
        row(
            "commands/logout",
            from("U1"),
            said("/logout"),
            "You are logged out here",
        ),
    ]
}

#[tokio::test]
async fn every_command_is_done_by_its_route_and_by_a_message() {
    let (app, _callback, channel) = bare().await;
    for row in rows() {
        let by_route = channel.post(row.path, &row.body).await;
        assert_eq!(
            by_route.status,
            StatusCode::OK,
            "{}: {}",
            row.path,
            by_route.body
        );
        let by_message = channel.send(&row.message).await;
        for answer in [by_route, by_message] {
            let first = answer.replies().into_iter().next().unwrap_or_default();
            assert!(first.starts_with(row.reply), "{}: {first}", row.path);
        }
    }
    app.finish().await;
}

#[test]
fn the_documents_index_is_complete() {
    let index = include_str!("index.txt").lines().map(str::to_owned);
    let index: BTreeSet<String> = index.collect();
    assert_eq!(index.len(), 40);
    let below = |path: &str| format!("POST /api/channels/:channelId/{path}");
    let mut known = BTreeSet::new();
    for (endpoint, _) in TESTED {
        assert!(known.insert(endpoint.to_owned()), "{endpoint}");
    }
    for row in rows() {
        assert!(known.insert(below(row.path)), "{}", row.path);
    }
    for path in MISSING {
        assert!(known.insert(below(path)), "{path}");
    }
    assert_eq!(known, index);
}

#[tokio::test]
async fn what_is_missing_is_told_and_not_made_up() {
    let (app, _callback, channel) = bare().await;
    for path in MISSING {
        let answer = channel.post(path, &from("U1")).await;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{path}: {}",
            answer.body
        );
    }
    let answer = channel.command("craete", &from("U1")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(
        answer.body,
        json!({
            "ok": false,
            "error": "there is no command 'craete' here; did you mean 'create'?"
        })
    );
    let typed = channel.say("U1", "/craete x").await;
    assert!(typed[0].contains("did you mean '/create'"), "{typed:?}");
    app.finish().await;
}

#[tokio::test]
async fn each_argument_that_is_missing_or_wrong_is_told_by_its_name_and_spellings() {
    let (app, _callback, channel) = bare().await;
    let name = "name: is required (also accepted as agentName)";
    let cases = [
        ("create", from("U1"), name),
        ("load", from("U1"), name),
        ("delete", from("U1"), name),
        ("share", in_group("U1", json!({})), name),
        ("share-agent", in_group("U1", json!({})), name),
        ("create-shared", in_group("U1", json!({})), name),
        ("unshare-agent", in_group("U1", json!({})), name),
        (
            "yolo",
            from("U1"),
            "prompt: is required (also accepted as text, command)",
        ),
        (
            "prompt",
            from("U1"),
            "prompt: is required (also accepted as text, task)",
        ),
        ("help", json!({}), "externalUserId: is required"),
        (
            "create",
            with("U1", json!({ "name": ["x"] })),
            "name: must be a string",
        ),
        (
            "create",
            with("U1", json!({ "agentName": "not a name" })),
            "name: `not a name` is not an agent's name",
        ),
        (
            "share",
            with("U1", json!({ "name": "x" })),
            "isGroup: this is for groups",
        ),
        (
            "share",
            with("U1", json!({ "name": "x", "isGroup": true })),
            "groupExternalId: is required where isGroup is true",
        ),
        (
            "create",
            in_group("U1", json!({ "name": "x" })),
            "isGroup: /create is for direct chats alone",
        ),
        (
            "list",
            with("U1", json!({ "participants": [{ "name": "x" }] })),
            "participants[0]: must be an id",
        ),
        ("stop", from("U1"), "no agent is loaded here"),
    ];
    for (command, body, error) in cases {
        assert_told(&channel, command, &body, StatusCode::BAD_REQUEST, error).await;
    }
    let load = with("U1", json!({ "name": "nobody" }));
    let error = "there is no agent 'nobody' of yours";
    assert_told(&channel, "load", &load, StatusCode::NOT_FOUND, error).await;
    app.finish().await;
}

async fn assert_told(
    channel: &Channel,
    command: &str,
    body: &Value,
    status: StatusCode,
    error: &str,
) {
    let answer = channel.command(command, body).await;
    assert_eq!(answer.status, status, "{command} {body}: {}", answer.body);
    assert_eq!(answer.body["ok"], false);
    let told = answer.body["error"].as_str().unwrap();
    assert!(told.starts_with(error), "{command} {body}: {told}");
}

#[tokio::test]
async fn an_unknown_agent_is_told_by_those_that_are_near() {
    let (app, _callback, channel) = bare().await;
    channel.say("U1", "/create my-agent").await;
    let body = with("U1", json!({ "name": "my-agnet" }));
    let answer = channel.command("load", &body).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let error = answer.body["error"].as_str().unwrap().to_owned();
    assert!(error.contains("did you mean 'my-agent'?"), "{error}");
    // Another's is as good as none.
    let body = with("U2", json!({ "name": "my-agent" }));
    let answer = channel.command("load", &body).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
    app.finish().await;
}
