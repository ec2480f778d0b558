//! Tools: those of modules and of servers, in the hands of agents, and what becomes of calls when something is in the way.

mod approval;
mod assistant;
mod fake;
mod journal;
mod lying;
mod manage;
mod modules;
mod peers;
mod servers;
mod traced;

use reqwest::Method;
use serde_json::{Value, json};
use tests::app::Builder;
use tests::fakes::mcp::Mcp;
use tests::owner::Owner;
use tests::{App, Callback, Channel};

/// The points at which a host is killed while it uses tools.
pub(crate) const POINTS: [&str; 2] = ["tool.kept", "turn.parked"];

/// An agent that uses tools as it is told to, behind a webhook channel.
struct Using {
    app: App,
    callback: Callback,
    channel: Channel,
}

impl Using {
    async fn start() -> Using {
        Using::of(App::build()).await
    }

    async fn of(app: Builder) -> Using {
        Using::with(app, Callback::start().await).await
    }

    async fn with(app: Builder, callback: Callback) -> Using {
        let app = app.start().await;
        let owner = app.owner();
        owner.pushed("oblige", crate::guest("oblige")).await;
        let channel = owner.channel("oblige", &callback.url()).await;
        allow(&owner, "oblige", "tools", json!({})).await;
        Using {
            app,
            callback,
            channel,
        }
    }

    /// What the agent answers to one message.
    async fn say(&self, text: &str) -> String {
        self.channel.say("U1", text).await.concat()
    }

    /// The lines that the agent's owner sees, as one text.
    async fn log(&self) -> String {
        let lines = "SELECT message FROM agent_log ORDER BY id";
        let rows = self.app.database().rows(lines, &[]).await;
        let lines = rows.iter().map(|row| row.get::<_, String>(0));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Uploads the guest that has tools, and enables it.
    async fn handy(&self, fields: Value) -> Value {
        let owner = self.app.owner();
        let mut input = json!({ "name": "handy", "module": handy(&owner).await });
        merge(&mut input, fields);
        enable(&owner, input).await
    }

    /// Connects a server.
    async fn connected(&self, server: &Mcp) -> Value {
        connect(
            &self.app.owner(),
            json!({ "name": "far", "url": server.url() }),
        )
        .await
    }
}

/// Uploads the guest that has tools. Its digest.
async fn handy(owner: &Owner) -> String {
    let query = "mutation($file: Upload!) { uploadModule(file: $file) { digest } }";
    let operations = json!({ "query": query, "variables": { "file": null } }).to_string();
    let module = crate::guest("handy");
    let parts: [(&str, &[u8]); 3] = [
        ("operations\"", operations.as_bytes()),
        ("map\"", br#"{"0": ["variables.file"]}"#),
        ("0\"; filename=\"handy.wasm\"", &module),
    ];
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\r\n\r\n");
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--edge--\r\n");
    let request = owner
        .request(Method::POST, "/graphql")
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(body);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    let digest = answer["data"]["uploadModule"]["digest"].as_str();
    digest.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn enable(owner: &Owner, input: Value) -> Value {
    let query =
        "mutation($input: EnableToolsetInput!) { enableToolset(input: $input) { id name kind } }";
    worked(
        owner.graphql(query, json!({ "input": input })).await,
        "enableToolset",
    )
}

async fn connect(owner: &Owner, input: Value) -> Value {
    worked(try_connect(owner, input).await, "connectToolServer")
}

async fn try_connect(owner: &Owner, input: Value) -> Value {
    let query = "mutation($input: ConnectToolServerInput!) { connectToolServer(input: $input) { id name kind url headerName } }";
    owner.graphql(query, json!({ "input": input })).await
}

async fn update(owner: &Owner, input: Value) -> Value {
    let query = "mutation($input: UpdateToolsetInput!) { updateToolset(input: $input) { id approvals capabilities headerName url } }";
    owner.graphql(query, json!({ "input": input })).await
}

/// Lets an agent have a capability.
async fn allow(owner: &Owner, agent: &str, capability: &str, terms: Value) {
    let query = "mutation($agent: ID!, $capability: String!, $terms: Json) {
        allowCapability(input: { agent: $agent, capability: $capability, terms: $terms }) { id } }";
    let variables = json!({ "agent": agent, "capability": capability, "terms": terms });
    let answer = owner.graphql(query, variables).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
}

fn worked(answer: Value, field: &str) -> Value {
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"][field].clone()
}

fn merge(into: &mut Value, fields: Value) {
    for (name, value) in fields.as_object().unwrap() {
        into[name] = value.clone();
    }
}
