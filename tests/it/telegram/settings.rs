//! The settings' endpoints: set up from a token alone, masked, changed, disconnected.

use insta::assert_json_snapshot;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::fakes::telegram::TOKEN;

use super::{ROOT, ask, beside, set_up, with_telegram};

#[tokio::test]
async fn a_token_is_all_that_it_takes() {
    let (app, telegram) = with_telegram().await;
    let answer = set_up(&app).await;
    assert_json_snapshot!(answer, {
        ".settings.channelId" => "[id]", ".settings.defaultProjectId" => "[id]", ".settings.webhookSecret" => "[masked]",
        ".settings.updatedAt" => "[time]",
    }, @r#"
    {
      "botLink": "https://t.me/FakeHelperBot",
      "botUsername": "FakeHelperBot",
      "message": "Telegram is connected by polling. Open https://t.me/FakeHelperBot and write to it.",
      "mode": "polling",
      "settings": {
        "access": "allow_list",
        "allowedUserIds": [],
        "botLink": "https://t.me/FakeHelperBot",
        "botToken": "424242****cdef",
        "botUsername": "FakeHelperBot",
        "channelId": "[id]",
        "defaultProjectId": "[id]",
        "mode": "polling",
        "navigation": true,
        "pendingAccessCodes": 0,
        "publicBaseUrl": "",
        "setAside": [],
        "sources": {
          "botToken": "stored",
          "webhookSecret": "stored"
        },
        "status": "active",
        "statusReason": null,
        "updatedAt": "[time]",
        "webhookSecret": "[masked]"
      },
      "success": true
    }
    "#);
    assert_eq!(telegram.asked("getMe").len(), 1);
    // Once more is the same channel.
    let again = set_up(&app).await;
    assert_eq!(
        again["settings"]["channelId"],
        answer["settings"]["channelId"]
    );
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_and_nothing_is_stored() {
    let (app, telegram) = with_telegram().await;
    let cases = [
        (json!({}), "botToken: is required"),
        (
            json!({ "botToken": 7 }),
            "botToken: it must be a bot's token",
        ),
        (
            json!({ "botToken": "abc" }),
            "botToken: it must be a bot's token",
        ),
        (
            json!({ "botToken": TOKEN, "mode": "pigeon" }),
            "mode: must be",
        ),
        (
            json!({ "botToken": TOKEN, "mode": "webhook" }),
            "mode: `webhook` takes a public https address",
        ),
        (json!({ "botToken": format!("1{TOKEN}") }), "Unauthorized"),
    ];
    for (body, why) in cases {
        let (status, answer) = ask(&app, Method::POST, "/setup", Some(body.clone())).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}: {answer}");
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(why), "{body}: {error}");
        assert!(!error.contains("AAfake"), "{error}");
    }
    assert_eq!(
        app.database()
            .count("SELECT count(*) FROM channels WHERE kind = 'telegram' AND deleted_at IS NULL")
            .await,
        0
    );
    assert!(telegram.webhook().is_none());
    let log = std::fs::read_to_string(app.folder().join("said.log")).unwrap();
    assert!(!log.contains("AAfake"), "a token is in the log");
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_work_leaves_a_bot_that_works_as_it_is() {
    let (app, telegram) = with_telegram().await;
    set_up(&app).await;
    let stranger = format!("1{TOKEN}");
    let wrong = [
        (Method::PUT, "/config", json!({ "mode": "webhook" })),
        (Method::PUT, "/config", json!({ "botToken": stranger })),
        (Method::POST, "/setup", json!({ "mode": "webhook" })),
        (Method::POST, "/webhook", json!({})),
    ];
    let (_, before) = ask(&app, Method::GET, "/config", None).await;
    for (method, path, body) in wrong {
        let (status, answer) = ask(&app, method, path, Some(body.clone())).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path} {body}: {answer}");
        assert_eq!(ask(&app, Method::GET, "/config", None).await.1, before);
    }
    telegram.say(42, "still there?");
    assert!(telegram.wait_for(1).await[0].ends_with("Your user id: 42"));
    app.finish().await;
}

#[tokio::test]
async fn only_who_may_change_channels_sees_or_changes_them() {
    let (app, _telegram) = with_telegram().await;
    let ways = [
        (Method::GET, "/config"),
        (Method::PUT, "/config"),
        (Method::POST, "/setup"),
        (Method::POST, "/disconnect"),
        (Method::POST, "/access-code"),
        (Method::GET, "/webhook"),
        (Method::POST, "/webhook"),
        (Method::DELETE, "/webhook"),
        (Method::GET, "/polling"),
        (Method::POST, "/polling"),
        (Method::DELETE, "/polling"),
    ];
    for (method, path) in ways {
        let answer = app
            .http()
            .request(method.clone(), app.url(&format!("{ROOT}{path}")))
            .json(&json!({}))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
        assert!(answer.json::<Value>().await.unwrap()["error"].is_string());
    }
    app.finish().await;
}

#[tokio::test]
async fn masked_values_keep_what_is_stored() {
    let (app, telegram) = with_telegram().await;
    set_up(&app).await;
    let (_, mut settings) = ask(&app, Method::GET, "/config", None).await;
    settings["allowedUserIds"] = json!([42, "43"]);
    let (status, changed) = ask(&app, Method::PUT, "/config", Some(settings.clone())).await;
    assert_eq!(
        (status, &changed["success"]),
        (StatusCode::OK, &json!(true))
    );
    assert_eq!(changed["allowedUserIds"], json!(["42", "43"]));
    assert_eq!(changed["botToken"], settings["botToken"]);
    telegram.say(43, "still the same bot");
    assert_eq!(telegram.wait_for(1).await, ["still the same bot"]);
    let (status, error) = ask(
        &app,
        Method::PUT,
        "/config",
        Some(json!({ "allowedUserIds": ["me"] })),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{error}");
    app.finish().await;
}

#[tokio::test]
async fn disconnecting_forgets_the_token_and_the_bot_may_be_bound_again() {
    let (app, telegram) = with_telegram().await;
    let first = set_up(&app).await;
    let (status, answer) = ask(&app, Method::POST, "/disconnect", None).await;
    assert_eq!(
        (status, &answer["success"], &answer["webhookRemoved"]),
        (StatusCode::OK, &json!(true), &json!(true))
    );
    assert_eq!(
        (
            &answer["settings"]["botToken"],
            &answer["settings"]["status"]
        ),
        (&json!(""), &json!("disabled"))
    );
    let query = "SELECT count(*) FROM channels WHERE kind = 'telegram' AND credential IS NOT NULL";
    assert_eq!(app.database().count(query).await, 0);
    let again = set_up(&app).await;
    assert_eq!(
        again["settings"]["channelId"],
        first["settings"]["channelId"]
    );
    telegram.say(42, "hello?");
    assert!(telegram.wait_for(1).await[0].ends_with("Your user id: 42"));
    app.finish().await;
}

#[tokio::test]
async fn polling_is_stopped_and_started() {
    let (app, telegram) = with_telegram().await;
    let (_, none) = ask(&app, Method::GET, "/polling", None).await;
    assert_eq!(none["polling"]["isRunning"], false);
    set_up(&app).await;
    let (status, stopped) = ask(&app, Method::DELETE, "/polling", None).await;
    assert_eq!(
        (status, &stopped["polling"]["isRunning"]),
        (StatusCode::OK, &json!(false))
    );
    assert_eq!(
        ask(&app, Method::DELETE, "/polling", None).await.0,
        StatusCode::CONFLICT
    );
    assert_eq!(
        ask(&app, Method::DELETE, "/webhook", None).await.0,
        StatusCode::CONFLICT
    );
    telegram.say(42, "into the void");
    let (status, started) = ask(&app, Method::POST, "/polling", None).await;
    assert_eq!(
        (status, &started["polling"]["isRunning"]),
        (StatusCode::OK, &json!(true))
    );
    assert!(telegram.wait_for(1).await[0].ends_with("Your user id: 42"));
    app.finish().await;
}

#[tokio::test]
async fn a_bot_is_bound_once() {
    let (app, telegram) = with_telegram().await;
    set_up(&app).await;
    // Another organization's host on another database knows nothing of it; on this one it is refused.
    let move_away = "UPDATE channels SET project_id = (SELECT id FROM projects ORDER BY created_at DESC LIMIT 1) WHERE kind = 'telegram'";
    let project = "INSERT INTO projects (organization_id, id, slug, name) SELECT organization_id, gen_random_uuid(), 'other', 'Other' FROM projects LIMIT 1";
    app.database().rows(project, &[]).await;
    app.database().rows(move_away, &[]).await;
    let (status, error) = ask(
        &app,
        Method::POST,
        "/setup",
        Some(json!({ "botToken": TOKEN })),
    )
    .await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(
        error["error"]
            .as_str()
            .unwrap()
            .contains("is connected to another channel already"),
        "{error}"
    );
    let elsewhere = beside(&telegram).start().await;
    set_up(&elsewhere).await;
    elsewhere.finish().await;
    app.finish().await;
}
