//! What agents reach outside: requests to allowed hosts, and the secrets that are put into them.

mod failing;
mod journal;
mod reaching;
mod replaying;
mod secrets;
mod server;
mod traced;

use serde_json::{Value, json};
use tests::app::Builder;
use tests::owner::Owner;
use tests::{App, Callback, Channel};

use server::Server;

/// The point at which a host is killed while its agents reach outside.
pub(crate) const POINTS: [&str; 1] = ["http.kept"];

/// A server, and an agent that asks it what it is told to, behind a webhook channel.
struct Outside {
    server: Server,
    app: App,
    channel: Channel,
    callback: Callback,
}

impl Outside {
    /// One that may reach the server.
    async fn start() -> Outside {
        let outside = Outside::of(App::build()).await;
        let hosts = json!({ "hosts": [outside.server.host()] });
        grant(&outside.app.owner(), hosts).await;
        outside
    }

    /// One that may reach nothing.
    async fn of(app: Builder) -> Outside {
        let server = Server::start().await;
        let (app, callback, channel) = crate::serving_with(app, "oblige").await;
        Outside {
            server,
            app,
            channel,
            callback,
        }
    }

    /// What the agent answers to one message.
    async fn say(&self, text: &str) -> String {
        self.channel.say("U1", text).await.concat()
    }

    /// What came of a request to a path of the server.
    async fn get(&self, path: &str) -> String {
        let url = self.server.url(path);
        self.say(&format!("fetch GET {url}")).await
    }

    /// The lines that the agent's owner sees, as one text.
    async fn log(&self) -> String {
        let lines = "SELECT message FROM agent_log ORDER BY id";
        let rows = self.app.database().rows(lines, &[]).await;
        let lines = rows.iter().map(|row| row.get::<_, String>(0));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Lets the agent reach hosts, on these terms.
async fn grant(owner: &Owner, terms: Value) {
    let answer = allow(owner, "http", terms).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
}

async fn allow(owner: &Owner, capability: &str, terms: Value) -> Value {
    let query = "mutation($capability: String!, $terms: Json) {
        allowCapability(input: { agent: \"oblige\", capability: $capability, terms: $terms }) {
            grants { capability terms } } }";
    owner
        .graphql(query, json!({ "capability": capability, "terms": terms }))
        .await
}

async fn set_limits(owner: &Owner, limits: Value) {
    let query = "mutation($limits: Json) {
        updateAgent(id: \"oblige\", input: { limits: $limits }) { id } }";
    let answer = owner.graphql(query, json!({ "limits": limits })).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
}
