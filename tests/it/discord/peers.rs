//! What others wrote: a client to which our own fake has to be a Discord.

use serde_json::json;
use tests::fakes::discord::{BOT, Discord, TOKEN, chat_of};
use tests::node::Script;
use tests::wait::{LONG, wait_for};

use super::{connected, interactions, wait_for_status};

/// What the driver asks of Discord: each route of it, in each way in which it is asked.
const OPERATIONS: [&str; 11] = [
    "DELETE /channels/{channel_id}/messages/{message_id}",
    "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/@original",
    "GET /applications/@me",
    "GET /channels/{channel_id}/messages",
    "GET /gateway/bot",
    "GET /users/@me",
    "PATCH /channels/{channel_id}/messages/{message_id}",
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
    "POST /channels/{channel_id}/messages",
    "POST /channels/{channel_id}/typing",
    "POST /interactions/{interaction_id}/{interaction_token}/callback",
];

#[tokio::test]
async fn a_client_that_we_did_not_write_gets_on_with_the_fake() {
    let discord = Discord::start().await;
    let slow =
        json!({ "message": "You are being rate limited.", "retry_after": 1.0, "global": false });
    let limits = vec![
        ("retry-after", "1"),
        ("x-ratelimit-scope", "user"),
        ("x-ratelimit-bucket", "b1"),
        ("x-ratelimit-limit", "1"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset-after", "1.0"),
    ];
    discord.next("POST /channels/56/messages", [(429, limits, slow)]);
    let url = discord.url();
    let mut client = Script::start("discord_bot.cjs", &[&url, TOKEN, BOT]);
    assert_eq!(client.line().await, "ready");
    discord.say(42, "one");
    assert_eq!(client.line().await, "cut");
    discord.cut();
    discord.say(42, "two");
    assert_eq!(client.rest().await, ["done"]);
    let greetings = discord.greetings();
    assert_eq!(
        (&greetings[0]["op"], &greetings[1]["op"]),
        (&json!(2), &json!(6))
    );
    let files = discord.asked("POST /channels/55/messages");
    assert_eq!(
        files.last().unwrap().body["files"],
        json!([{ "file": "note.txt", "bytes": 8 }])
    );
}

#[tokio::test]
async fn every_request_is_one_that_discords_own_description_has() {
    let (app, discord) = connected().await;
    // Texts in pieces, files, buttons and what is pressed of them.
    discord.say(42, &"word ".repeat(900));
    discord.wait_for(3).await;
    discord.say(42, "file the contents");
    discord.wait_for(5).await;
    discord.say(42, "choose tea coffee");
    discord.wait_for(6).await;
    let pressed = json!({
        "id": "3001", "type": 3, "application_id": "800000000000000001", "token": "tok",
        "channel_id": chat_of(42), "user": { "id": "42", "username": "ada" },
        "data": { "custom_id": "coffee", "component_type": 2 }, "message": { "id": "1" },
    });
    discord.dispatch("INTERACTION_CREATE", &pressed);
    discord.wait_for(7).await;
    // A draft that the answer takes the place of.
    discord.say(43, "draft the answer");
    // One that nothing takes the place of.
    discord.say(45, "vanish");
    wait_for(LONG, "the draft to be taken away", async || {
        let drafts = format!("DELETE /channels/{}/", chat_of(45));
        (!discord.asked(&drafts).is_empty()).then_some(())
    })
    .await;
    // In a server, under the question; and what was said between two sessions.
    discord.message(discord.on_server(42, "here too"));
    wait_for(LONG, "the answers", async || {
        let shown = discord.shown();
        let is_there = |text: &str| shown.iter().any(|one| one == text);
        (is_there("the answer") && is_there("here too")).then_some(())
    })
    .await;
    discord.down(true);
    wait_for_status(&app, "ERROR").await;
    discord.forget_sessions();
    discord.down(false);
    wait_for_status(&app, "ACTIVE").await;
    // Slash commands, which came by HTTP, and one that the gateway brings.
    discord.defer("tok2");
    interactions::give(
        &app,
        &interactions::given("ask", "3002", "tok2", "the time"),
    )
    .await;
    discord.defer("tok3");
    interactions::give(
        &app,
        &interactions::given("silence", "3003", "tok3", "please"),
    )
    .await;
    let brought = interactions::given("ask", "3004", "tok4", "for more");
    discord.dispatch("INTERACTION_CREATE", &brought);
    wait_for(
        LONG,
        "answers in their places, and one that is none",
        async || {
            let is_gone = !discord.asked("DELETE /webhooks/").is_empty();
            (is_gone && discord.asked("PATCH /webhooks/").len() >= 2).then_some(())
        },
    )
    .await;
    app.database().settled().await;

    let requests = discord.asked("");
    let lines = requests.iter().map(|asked| {
        json!({ "what": asked.what, "query": asked.query, "body": asked.body }).to_string()
    });
    let file = app.folder().join("requests.jsonl");
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let checked = Script::start("discord_contract.cjs", &[&file.to_string_lossy()]);
    assert_eq!(checked.rest().await, OPERATIONS);
    app.finish().await;
}
