//! Slash commands, as Discord brings them by HTTP.

use reqwest::StatusCode;
use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};
use tests::App;
use tests::fakes::discord::PUBLIC_KEY;
use tests::node::Script;
use tests::wait::{LONG, wait_for};

use super::{channel, connected};

const TIMESTAMP: &str = "1700000000";

pub(super) fn sign(body: &str) -> String {
    let seed: Vec<u8> = (0..32).collect();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    hex::encode(pair.sign(format!("{TIMESTAMP}{body}").as_bytes()))
}

async fn call(app: &App, body: &str, signature: &str) -> (StatusCode, Value) {
    let id = channel(app).await["id"].as_str().unwrap().to_owned();
    let request = app
        .http()
        .post(app.url(&format!("/hooks/{id}")))
        .header("X-Signature-Ed25519", signature)
        .header("X-Signature-Timestamp", TIMESTAMP)
        .body(body.to_owned());
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, answer.json().await.unwrap())
}

/// Someone gives a slash command, as Discord tells it.
pub(super) fn given(name: &str, id: &str, token: &str, text: &str) -> Value {
    json!({
        "id": id, "type": 2, "application_id": "800000000000000001", "token": token, "channel_id": "501", "guild_id": "500",
        "member": { "nick": null, "user": { "id": "42", "username": "ada", "global_name": "Ada" } },
        "data": { "name": name, "options": [{ "name": "what", "type": 3, "value": text }] },
    })
}

fn command(id: &str, token: &str, text: &str) -> String {
    given("ask", id, token, text).to_string()
}

/// Someone gives a slash command, which comes by HTTP.
pub(super) async fn give(app: &App, command: &Value) {
    let body = command.to_string();
    let deferred = call(app, &body, &sign(&body)).await;
    assert_eq!(deferred, (StatusCode::OK, json!({ "type": 5 })));
}

#[tokio::test]
async fn a_command_is_deferred_at_once_and_answered_in_its_place() {
    let (app, discord) = connected().await;
    let ping = "{\"id\":\"1\",\"type\":1}";
    assert_eq!(
        call(&app, ping, &sign(ping)).await,
        (StatusCode::OK, json!({ "type": 1 }))
    );
    let wrong = call(&app, ping, &sign("{}")).await;
    assert_eq!(wrong.0, StatusCode::UNAUTHORIZED);

    let body = command("3001", "tok1", "the time");
    assert_eq!(
        call(&app, &body, &sign(&body)).await,
        (StatusCode::OK, json!({ "type": 5 }))
    );
    // The answer may be there before Discord has seen that it was deferred.
    discord.defer("tok1");
    wait_for(LONG, "the answer", async || {
        (discord.shown() == ["/ask the time"]).then_some(())
    })
    .await;
    let again = call(&app, &body, &sign(&body)).await;
    assert_eq!(again.0, StatusCode::OK);
    app.finish().await;
    assert_eq!(discord.shown(), ["/ask the time"]);
}

#[tokio::test]
async fn what_says_that_someone_thinks_goes_where_nothing_comes_of_it() {
    let (app, discord) = connected().await;
    discord.defer("tok3");
    // The turn may be over before Discord has seen that it was deferred.
    let early = json!({ "message": "Unknown Webhook", "code": 10_015 });
    discord.next("DELETE /webhooks/", [(404, vec![], early)]);
    give(&app, &given("silence", "3003", "tok3", "please")).await;
    wait_for(LONG, "the note to be taken away", async || {
        discord.shown().is_empty().then_some(())
    })
    .await;
    app.database().settled().await;
    assert_eq!(app.database().count("SELECT count(*) FROM shown").await, 0);
    assert_eq!(discord.asked("DELETE /webhooks/").len(), 2);
    assert!(discord.asked("POST /channels/501/messages").is_empty());
    app.finish().await;
}

#[tokio::test]
async fn an_interaction_that_is_over_is_answered_in_the_channel() {
    let (app, discord) = connected().await;
    let body = command("3002", "tok2", "again");
    call(&app, &body, &sign(&body)).await;
    assert_eq!(discord.wait_for(1).await, ["/ask again"]);
    assert!(!discord.asked("POST /channels/501/messages").is_empty());
    app.finish().await;
}

#[tokio::test]
async fn signatures_are_those_that_others_accept() {
    let body = "{\"type\":1}";
    let good = Script::start(
        "discord_sign.cjs",
        &[PUBLIC_KEY, TIMESTAMP, &sign(body), body],
    );
    assert_eq!(good.rest().await, ["true"]);
    let bad = Script::start(
        "discord_sign.cjs",
        &[PUBLIC_KEY, TIMESTAMP, &sign("{}"), body],
    );
    assert_eq!(bad.rest().await, ["false"]);
}
