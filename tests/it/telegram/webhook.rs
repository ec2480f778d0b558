//! Calls of Telegram: believed by their secret, stored, and only then acknowledged.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;
use tests::fakes::telegram::Telegram;
use tests::wait::{LONG, wait_for};

use super::{ROOT, ask, beside, set_up};

/// A host that Telegram can reach, with the bot connected and anyone let in.
pub(super) async fn called() -> (App, Telegram, Value) {
    let telegram = Telegram::start().await;
    let app = beside(&telegram)
        .set("CLOISTER_PUBLIC_URL", "https://agents.example")
        .start()
        .await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    let answer = set_up(&app).await;
    (app, telegram, answer)
}

pub(super) async fn call(
    app: &App,
    path: &str,
    secret: &str,
    update: &Value,
) -> (StatusCode, Value) {
    let request = app
        .http()
        .post(app.url(path))
        .header("X-Telegram-Bot-Api-Secret-Token", secret);
    let answer = request.json(update).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}

pub(super) fn update(id: i64, user: i64, text: &str) -> Value {
    json!({ "update_id": id, "message": {
        "message_id": id, "date": 1, "text": text, "from": { "id": user, "is_bot": false, "first_name": "Ada" },
        "chat": { "id": user, "type": "private" } } })
}

#[tokio::test]
async fn a_bot_is_called_where_there_is_a_public_address() {
    let (app, telegram, answer) = called().await;
    let id = answer["settings"]["channelId"].as_str().unwrap().to_owned();
    let url = format!("https://agents.example/hooks/{id}");
    assert_eq!(
        (&answer["mode"], &answer["webhookUrl"]),
        (&json!("webhook"), &json!(url))
    );
    let (set, secret) = telegram.webhook().unwrap();
    assert_eq!(set, url);
    ask(
        &app,
        Method::PUT,
        "/config",
        Some(json!({ "allowedUserIds": [42] })),
    )
    .await;

    // By any of its addresses.
    let own = format!("/api/channels/{id}/telegram");
    let hook = format!("/hooks/{id}");
    assert_eq!(
        call(&app, &own, &secret, &update(1, 42, "one")).await,
        (StatusCode::OK, json!({ "ok": true }))
    );
    telegram.wait_for(1).await;
    assert_eq!(
        call(&app, &hook, &secret, &update(2, 42, "two")).await.0,
        StatusCode::OK
    );
    telegram.wait_for(2).await;
    assert_eq!(
        call(&app, ROOT, &secret, &update(3, 42, "three")).await,
        (StatusCode::OK, json!({ "ok": true }))
    );
    assert_eq!(telegram.wait_for(3).await, ["one", "two", "three"]);

    // The same again is the same, whichever way it comes.
    let repeated = call(&app, ROOT, &secret, &update(1, 42, "one")).await;
    assert_eq!(
        repeated,
        (StatusCode::OK, json!({ "ok": true, "duplicate": true }))
    );
    assert_eq!(telegram.asked("getUpdates").len(), 0);
    let (_, info) = ask(&app, Method::GET, "/webhook", None).await;
    assert_eq!(
        (&info["configured"], &info["webhook"]["url"]),
        (&json!(true), &json!(url))
    );
    app.finish().await;
    assert_eq!(telegram.sent().len(), 3);
}

#[tokio::test]
async fn no_call_is_believed_without_the_secret() {
    let (app, telegram, answer) = called().await;
    let id = answer["settings"]["channelId"].as_str().unwrap();
    let (_, secret) = telegram.webhook().unwrap();
    for path in [
        ROOT.to_owned(),
        format!("/api/channels/{id}/telegram"),
        format!("/hooks/{id}"),
    ] {
        for wrong in ["", "x", &secret[1..], &secret.to_uppercase()] {
            let (status, _) = call(&app, &path, wrong, &update(1, 42, "let me in")).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path} with {wrong}");
        }
    }
    assert_eq!(
        app.database()
            .count("SELECT count(*) FROM inbound_events")
            .await,
        0
    );
    app.finish().await;
}

#[tokio::test]
async fn what_came_of_an_update_is_told() {
    let (app, telegram, _) = called().await;
    let (_, secret) = telegram.webhook().unwrap();
    let told = async |update: Value| call(&app, ROOT, &secret, &update).await;
    let ignored = |reason: &str| {
        (
            StatusCode::OK,
            json!({ "ok": true, "ignored": true, "reason": reason }),
        )
    };
    assert_eq!(told(update(1, 42, "hi")).await, ignored("user_not_allowed"));
    let (_, made) = ask(&app, Method::POST, "/access-code", Some(json!({}))).await;
    let granted = (
        StatusCode::OK,
        json!({ "ok": true, "accessGranted": true, "userId": "42" }),
    );
    assert_eq!(
        told(update(2, 42, made["code"].as_str().unwrap())).await,
        granted
    );
    assert_eq!(
        told(update(3, 42, "/help")).await,
        (StatusCode::OK, json!({ "ok": true, "command": "help" }))
    );
    assert_eq!(
        told(update(3, 42, "/help")).await,
        (StatusCode::OK, json!({ "ok": true, "duplicate": true }))
    );
    assert_eq!(
        told(json!({ "update_id": 4, "poll": {} })).await,
        ignored("unsupported_update")
    );
    assert_eq!(
        told(json!({ "update_id": 5, "message": 7 })).await,
        ignored("set_aside")
    );
    assert_eq!(told(json!("what?")).await, ignored("set_aside"));
    let pressed = json!({ "update_id": 6, "callback_query": { "id": "p", "from": { "id": 42 }, "data": "tea",
        "message": { "message_id": 1, "chat": { "id": 42, "type": "private" } } } });
    let acknowledged =
        json!({ "ok": true, "method": "answerCallbackQuery", "callback_query_id": "p" });
    assert_eq!(told(pressed).await, (StatusCode::OK, acknowledged));
    app.finish().await;
}

#[tokio::test]
async fn while_nothing_is_set_up_there_is_nothing_to_call() {
    let app = App::start().await;
    let (status, answer) = call(&app, ROOT, "secret", &update(1, 42, "hi")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer["error"].is_string());
    app.finish().await;
}

#[tokio::test]
async fn a_bot_that_was_disconnected_is_not_set_up() {
    let (app, telegram, answer) = called().await;
    let id = answer["settings"]["channelId"].as_str().unwrap().to_owned();
    let (_, secret) = telegram.webhook().unwrap();
    let own = format!("/api/channels/{id}/telegram");
    ask(&app, Method::DELETE, "/webhook", None).await;
    assert_eq!(
        call(&app, &own, "wrong", &update(1, 42, "hi")).await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        call(&app, &own, &secret, &update(1, 42, "hi")).await.0,
        StatusCode::CONFLICT
    );
    ask(&app, Method::POST, "/disconnect", None).await;
    for path in [ROOT, &own] {
        let (status, _) = call(&app, path, &secret, &update(1, 42, "hi")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_bot_goes_from_calls_to_polling_and_back() {
    let (app, telegram, _) = called().await;
    ask(
        &app,
        Method::PUT,
        "/config",
        Some(json!({ "allowedUserIds": [42], "mode": "polling" })),
    )
    .await;
    assert!(telegram.webhook().is_none());
    telegram.say(42, "polled");
    assert_eq!(telegram.wait_for(1).await, ["polled"]);
    let (status, started) = ask(&app, Method::POST, "/webhook", None).await;
    assert_eq!(
        (status, &started["success"]),
        (StatusCode::OK, &json!(true))
    );
    let (_, secret) = telegram.webhook().unwrap();
    assert_eq!(
        call(&app, ROOT, &secret, &update(900, 42, "called"))
            .await
            .0,
        StatusCode::OK
    );
    assert_eq!(telegram.wait_for(2).await, ["polled", "called"]);
    // The poll that the webhook ended took it for another reader's and left it alone.
    wait_for(LONG, "the poller to leave off", async || {
        let log = std::fs::read_to_string(app.folder().join("said.log")).unwrap();
        log.contains("a channel is let go").then_some(())
    })
    .await;
    assert_eq!(telegram.asked("deleteWebhook").len(), 1);
    assert!(telegram.webhook().is_some());
    app.finish().await;
}

#[tokio::test]
async fn a_webhook_that_someone_set_by_hand_is_believed_by_the_secret_that_they_chose() {
    let (app, telegram, _) = called().await;
    let chosen = "a-secret_of-their-own-0123";
    let wanted = json!({ "allowedUserIds": [42], "webhookSecret": chosen });
    let (status, settings) = ask(&app, Method::PUT, "/config", Some(wanted)).await;
    assert_eq!(status, StatusCode::OK, "{settings}");
    assert_eq!(telegram.webhook().unwrap().1, chosen);
    assert!(!settings.to_string().contains(chosen), "{settings}");
    let answer = call(&app, ROOT, chosen, &update(1, 42, "hello")).await;
    assert_eq!(answer, (StatusCode::OK, json!({ "ok": true })));
    assert_eq!(telegram.wait_for(1).await, ["hello"]);
    let short = json!({ "webhookSecret": "short" });
    let (status, error) = ask(&app, Method::PUT, "/config", Some(short)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{error}");
    app.finish().await;
}
