//! Starting and stopping: what it means for gateways and for what was said meanwhile.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::fakes::discord::{TOKEN, chat_of};
use tests::fakes::telegram;
use tests::wait::{LONG, wait_for};

use super::{create, home, paired_with, post, shown, wait_for_last};

#[tokio::test]
async fn stopping_closes_her_gateways_and_starting_opens_them() {
    let (mut app, _telegram, discord) = home().await;
    let id = create(&app, "adam", json!({ "discord_token": TOKEN })).await;
    discord.wait_for_greetings(1).await;
    paired_with(&app, &discord, &id, 42).await;
    discord.say(42, "one");
    wait_for_last(&discord, "one").await;

    let stop = async || post(&app, &id_of(&id, "stop"), json!({})).await;
    assert_eq!(
        stop().await,
        (StatusCode::OK, json!({ "status": "stopped" }))
    );
    assert_eq!(
        stop().await,
        (
            StatusCode::NOT_FOUND,
            json!({ "detail": "Persona is not running." })
        )
    );
    assert_eq!(
        (
            shown(&app, &id).await["status"].clone(),
            shown(&app, &id).await["running"].clone()
        ),
        (json!("hibernate"), json!(false))
    );
    wait_for(LONG, "the lease to be given back", async || {
        let held = "SELECT count(*) FROM leases WHERE name LIKE 'channel/%' AND until > now()";
        (app.database().count(held).await == 0).then_some(())
    })
    .await;
    discord.say(42, "while stopped");
    // It stays so over a restart of the host.
    app.terminate().await;
    app.restart().await;
    assert_eq!(
        discord.greetings().len(),
        1,
        "a stopped persona listens to no one"
    );
    assert_eq!(discord.shown().last().unwrap(), "one");

    let start = async || post(&app, &id_of(&id, "start"), json!({})).await;
    assert_eq!(
        start().await,
        (StatusCode::OK, json!({ "status": "started" }))
    );
    assert_eq!(
        start().await,
        (StatusCode::OK, json!({ "status": "already running" }))
    );
    wait_for_last(&discord, "while stopped").await;

    let greetings = discord.greetings().len();
    let (status, answer) = post(&app, &id_of(&id, "restart"), json!({})).await;
    assert_eq!(
        (status, answer),
        (StatusCode::OK, json!({ "status": "restarted" }))
    );
    discord.wait_for_greetings(greetings + 1).await;
    discord.say(42, "again");
    wait_for_last(&discord, "again").await;
    app.finish().await;
}

#[tokio::test]
async fn what_waits_for_a_stopped_persona_is_answered_when_she_starts() {
    let (app, _telegram, discord) = home().await;
    let id = create(&app, "adam", json!({ "discord_token": TOKEN })).await;
    discord.wait_for_greetings(1).await;
    paired_with(&app, &discord, &id, 42).await;
    // Said to a gateway that is still open at that moment.
    let messages = format!("POST /channels/{}/messages", chat_of(42));
    let before = discord.asked(&messages).len();
    post(&app, &id_of(&id, "stop"), json!({})).await;
    discord.say(42, "wait for me");
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert_eq!(discord.asked(&messages).len(), before);
    post(&app, &id_of(&id, "start"), json!({})).await;
    wait_for_last(&discord, "wait for me").await;
    app.finish().await;
}

#[tokio::test]
async fn a_channel_that_is_added_to_a_running_persona_is_listened_to() {
    let (app, telegram, discord) = home().await;
    let id = create(&app, "adam", json!({})).await;
    let body = json!({ "kind": "telegram", "credentials": { "token": telegram::TOKEN } });
    post(&app, &format!("{id}/channels"), body).await;
    telegram.say(42, "hello");
    let code = super::code_in(&telegram.wait_for(1).await[0]);
    assert_eq!(
        post(&app, &format!("{id}/pair"), json!({ "code": code }))
            .await
            .0,
        StatusCode::OK
    );
    telegram.say(42, "and now?");
    assert_eq!(telegram.wait_for(2).await[1], "and now?");
    post(&app, &id_of(&id, "stop"), json!({})).await;
    wait_for(LONG, "polling to end", async || {
        let held = "SELECT count(*) FROM leases WHERE name LIKE 'channel/%' AND until > now()";
        (app.database().count(held).await == 0).then_some(())
    })
    .await;
    telegram.say(42, "later");
    post(&app, &id_of(&id, "update"), json!({ "status": "active" })).await;
    assert_eq!(telegram.wait_for(3).await[2], "later");
    assert!(discord.greetings().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_channel_that_is_removed_from_a_running_persona_is_listened_to_no_more() {
    let (app, _telegram, discord) = home().await;
    let id = create(&app, "adam", json!({ "discord_token": TOKEN })).await;
    discord.wait_for_greetings(1).await;
    paired_with(&app, &discord, &id, 42).await;
    let name = shown(&app, &id).await["channels"][0]["name"].clone();
    assert_eq!(name, "user42");
    // The name counts, to the letter, and nothing else.
    let remove = async |name: &str| {
        let path = format!("/api/persona/{id}/channels/{name}");
        app.owner().send(Method::DELETE, &path, None).await
    };
    for other in ["USER42", "discord", "fakehelper"] {
        let removed = (StatusCode::OK, json!({ "removed": other }));
        assert_eq!(remove(other).await, removed);
    }
    assert_eq!(discord.connections(), 1);
    let removed = (StatusCode::OK, json!({ "removed": "user42" }));
    assert_eq!(remove("user42").await, removed);
    wait_for(LONG, "the gateway to be closed", async || {
        (discord.connections() == 0).then_some(())
    })
    .await;
    assert_eq!(shown(&app, &id).await["channels"], json!([]));
    assert_eq!(shown(&app, &id).await["running"], json!(true));
    app.finish().await;
}

#[tokio::test]
async fn she_is_updated_and_deleted() {
    let (app, _telegram, discord) = home().await;
    let id = create(&app, "adam", json!({ "discord_token": TOKEN })).await;
    let update = async |body: Value| post(&app, &id_of(&id, "update"), body).await;
    let (status, answer) = update(json!({ "status": "asleep" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        answer["detail"],
        "Status must be one of: active, hibernate, sick."
    );
    let (status, answer) =
        update(json!({ "status": "hibernate", "thinking": { "model": "m1", "provider": "p" } }))
            .await;
    assert_eq!(
        (status, answer),
        (
            StatusCode::OK,
            json!({ "status": "hibernate", "running": false })
        )
    );
    assert_eq!(
        shown(&app, &id).await["thinking"],
        json!({ "name": "m1", "provider": "p" })
    );
    let (status, _) = update(json!({ "thinking": { "model": "m", "api_key": "secret" } })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        update(json!({ "status": "active" })).await.1["running"],
        true
    );

    let (status, answer) = post(&app, &id_of(&id, "delete"), json!({})).await;
    assert_eq!(
        (status, &answer["persona"]["name"]),
        (StatusCode::OK, &json!("adam"))
    );
    assert!(shown(&app, &id).await.is_null());
    assert_eq!(
        post(&app, &id_of(&id, "delete"), json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    // The bot is free for another.
    create(&app, "eve", json!({ "discord_token": TOKEN })).await;
    drop(discord);
    app.finish().await;
}

#[tokio::test]
async fn a_persona_whose_channel_is_refused_is_not_made() {
    let (app, _telegram, _discord) = home().await;
    let body = json!({ "name": "adam", "thinking_model": "m", "discord_token": TOKEN.replace("fake", "fool") });
    let (status, answer) = post(&app, "create", body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        answer["detail"]
            .as_str()
            .unwrap()
            .starts_with("discord validation failed: "),
        "{answer}"
    );
    let (status, answer) = post(&app, "create", json!({ "name": "adam" })).await;
    assert_eq!(
        (status.as_u16(), &answer["detail"][0]["loc"]),
        (422, &json!(["body", "thinking_model"]))
    );
    let (_, answer) = post(
        &app,
        "create",
        json!({ "name": "adam", "thinking_model": 7 }),
    )
    .await;
    assert_eq!(
        answer["detail"].as_array().unwrap().len(),
        1,
        "what is wrong is told once: {answer}"
    );
    let agents = "SELECT count(*) FROM agents WHERE name = 'adam'";
    assert_eq!(app.database().count(agents).await, 0);
    app.finish().await;
}

fn id_of(id: &str, what: &str) -> String {
    format!("{id}/{what}")
}
