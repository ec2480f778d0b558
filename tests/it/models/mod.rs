//! Language models: asking one, and what becomes of it when the provider, the host or the owner is in the way.

mod asking;
mod assistant;
mod fake;
mod journal;
mod problems;
mod providers;
mod traced;

use serde_json::{Value, json};
use tests::app::Builder;
use tests::fakes::openai::Openai;
use tests::owner::Owner;
use tests::{App, Callback, Channel};

/// The points at which a host is killed while it asks a model.
pub(crate) const POINTS: [&str; 1] = ["model.kept"];

/// A host whose operator has set a model up.
pub(crate) fn with_model(app: Builder, openai: &Openai) -> Builder {
    app.set("CLOISTER_MODEL_URL", openai.url())
        .set("CLOISTER_MODEL_NAME", "some-model")
        .set("CLOISTER_MODEL_KEY", "sk-hunter2")
        .set("CLOISTER_MODEL_RETRY_SECONDS", "0.05,0.1,0.2")
}

/// The webhook channel of the first start, on which the assistant answers.
fn first_channel(app: &App) -> Channel {
    let file = app.data().join("first-channel.json");
    let made = std::fs::read_to_string(file).unwrap();
    let made = serde_json::from_str(&made).unwrap();
    Channel::new(&app.address(), &made, app.http().clone())
}

/// One with an agent that asks a model as it is told to, behind a webhook channel.
struct Asking {
    openai: Openai,
    app: App,
    callback: Callback,
    channel: Channel,
}

impl Asking {
    async fn start() -> Asking {
        Asking::of(App::build()).await
    }

    async fn of(app: Builder) -> Asking {
        let openai = Openai::start().await;
        let (app, callback, channel) =
            crate::serving_with(with_model(app, &openai), "oblige").await;
        grant(&app.owner(), "oblige", json!({})).await;
        Asking {
            openai,
            app,
            callback,
            channel,
        }
    }

    /// What the agent answers to one message.
    async fn say(&self, text: &str) -> String {
        self.channel.say("U1", text).await.concat()
    }
}

/// Lets an agent ask models.
pub(crate) async fn grant(owner: &Owner, agent: &str, terms: Value) {
    let answer = allow(owner, agent, terms).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
}

async fn allow(owner: &Owner, agent: &str, terms: Value) -> Value {
    let query = "mutation($agent: ID!, $terms: Json) {
        allowCapability(input: { agent: $agent, capability: \"model\", terms: $terms }) { id } }";
    owner
        .graphql(query, json!({ "agent": agent, "terms": terms }))
        .await
}
