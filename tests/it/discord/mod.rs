//! Discord from end to end: a bot that is a channel of its own, and people who write to it.

mod faults;
mod gateway;
mod interactions;
mod peers;
mod replies;
mod walk;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::App;
use tests::app::Builder;
use tests::fakes::discord::{Discord, TOKEN};
use tests::wait::{LONG, wait_for};

/// Base64 of 32 bytes; hosts that share a database share the key.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A host that knows where this Discord is, with the key of every other one.
pub(crate) fn beside(discord: &Discord) -> Builder {
    App::build()
        .set("CLOISTER_MASTER_KEY", KEY)
        .set("CLOISTER_DISCORD_API_URL", discord.url())
}

/// A host whose newest agent does what it is asked for, with an open channel of the bot's that is connected.
pub(crate) async fn connected() -> (App, Discord) {
    let discord = Discord::start().await;
    let app = beside(&discord).start().await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    let made = create(&app, TOKEN).await;
    assert!(made["errors"].is_null(), "{made}");
    discord.wait_for_greetings(1).await;
    wait_for_status(&app, "ACTIVE").await;
    (app, discord)
}

/// Makes a channel of the bot's.
async fn create(app: &App, token: &str) -> Value {
    let query = "mutation($input: CreateChannelInput!) { createChannel(input: $input) { channel { id configuration } } }";
    let input = json!({ "kind": "discord", "name": "Discord", "configuration": {},
        "credential": { "bot_token": token } });
    app.owner().graphql(query, json!({ "input": input })).await
}

/// The bot's channel: id, status and its reason.
async fn channel(app: &App) -> Value {
    let query = "{ project(slug: \"home\") { channels(first: 50) { nodes { id kind status statusReason } } } }";
    let answer = app.owner().graphql(query, json!({})).await;
    let nodes = answer["data"]["project"]["channels"]["nodes"].as_array();
    let nodes = nodes.unwrap_or_else(|| panic!("{answer}")).clone();
    let mut found = nodes.into_iter().filter(|node| node["kind"] == "discord");
    found.next().expect("the bot's channel")
}

/// Waits until the bot's channel is in this status; the reason for it.
async fn wait_for_status(app: &App, wanted: &str) -> Option<String> {
    let what = format!("the channel to be {wanted}");
    let found = wait_for(LONG, &what, async || {
        let channel = channel(app).await;
        (channel["status"] == wanted).then_some(channel)
    });
    found.await["statusReason"].as_str().map(str::to_owned)
}

/// What the first connection has stored of its session.
async fn wait_for_cursor(app: &App, text: &str) {
    let what = format!("a cursor with {text}");
    wait_for(LONG, &what, async || {
        let rows = app
            .database()
            .rows("SELECT cursor FROM channel_cursors", &[])
            .await;
        let mut cursors = rows.iter().map(|row| row.get::<_, &str>(0));
        cursors.any(|cursor| cursor.contains(text)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_token_that_discord_does_not_know_makes_no_channel() {
    let discord = Discord::start().await;
    let app = beside(&discord).start().await;
    let wrong = TOKEN.replace("fake", "fool");
    let answer = create(&app, &wrong).await;
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("401") && !message.contains(&wrong),
        "{message}"
    );
    let channels = "SELECT count(*) FROM channels WHERE kind = 'discord'";
    assert_eq!(app.database().count(channels).await, 0);
    let (status, _) = app
        .owner()
        .send(reqwest::Method::GET, "/readyz", None)
        .await;
    assert_eq!(status, StatusCode::OK);
    app.finish().await;
}
