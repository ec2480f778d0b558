//! "Text-only channel registration".

use insta::assert_json_snapshot;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;

fn registration() -> Value {
    json!({
        "registrationKey": "a-key", "name": "My Telegram Bot", "platform": "telegram",
        "callbackUrl": "http://127.0.0.1:9/hook", "ownerEmail": "you@example.com"
    })
}

/// Without any proof but the key.
async fn register(app: &App, body: &Value) -> (StatusCode, Value) {
    let request = app
        .http()
        .post(app.url("/api/channels/register"))
        .json(body);
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_channel_is_registered_for_its_owner_with_the_key_alone() {
    let app = App::build()
        .set("CLOISTER_REGISTRATION_KEY", "a-key")
        .start()
        .await;
    let (status, made) = register(&app, &registration()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_json_snapshot!(made, {
        ".id" => "[id]", ".apiKey" => "[key]", ".webhookSecret" => "[secret]", ".createdAt" => "[time]",
    }, @r#"
    {
      "agentId": null,
      "apiKey": "[key]",
      "callbackUrl": "http://127.0.0.1:9/hook",
      "createdAt": "[time]",
      "id": "[id]",
      "name": "My Telegram Bot",
      "platform": "telegram",
      "status": "active",
      "textOnly": true,
      "webhookSecret": "[secret]"
    }
    "#);
    // The same owner has both; without one, someone new has.
    let (status, _) = register(&app, &registration()).await;
    assert_eq!(status, StatusCode::CREATED);
    let owners = "SELECT count(DISTINCT created_by) FROM channels WHERE configuration @> '{\"text_only\": true}'";
    assert_eq!(app.database().count(owners).await, 1);
    let mut body = registration();
    body["ownerEmail"] = Value::Null;
    body["platform"] = Value::Null;
    let (status, made) = register(&app, &body).await;
    assert_eq!(
        (status, &made["platform"]),
        (StatusCode::CREATED, &json!("custom"))
    );
    assert_eq!(app.database().count(owners).await, 2);
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_told() {
    let app = App::build()
        .set("CLOISTER_REGISTRATION_KEY", "a-key")
        .start()
        .await;
    for (field, wrong, status) in [
        ("registrationKey", Value::Null, StatusCode::BAD_REQUEST),
        ("registrationKey", json!("another"), StatusCode::FORBIDDEN),
        ("name", Value::Null, StatusCode::BAD_REQUEST),
        ("callbackUrl", json!("nowhere"), StatusCode::BAD_REQUEST),
        (
            "callbackUrl",
            json!("http://10.0.0.1/"),
            StatusCode::BAD_REQUEST,
        ),
        ("ownerEmail", json!("nobody"), StatusCode::BAD_REQUEST),
    ] {
        let mut body = registration();
        body[field] = wrong;
        let (told, answer) = register(&app, &body).await;
        assert_eq!(told, status, "{body}: {answer}");
        assert!(
            answer["error"].as_str().unwrap().contains(field),
            "{answer}"
        );
    }
    let channels = "SELECT count(*) FROM channels WHERE name = 'My Telegram Bot'";
    assert_eq!(app.database().count(channels).await, 0);
    // A key is not guessed.
    let mut body = registration();
    body["registrationKey"] = json!("guess");
    let mut last = StatusCode::FORBIDDEN;
    for _ in 0..12 {
        last = register(&app, &body).await.0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    app.finish().await;
}

#[tokio::test]
async fn without_a_key_nothing_is_registered() {
    let app = App::start().await;
    let (status, answer) = app
        .owner()
        .send(Method::POST, "/api/channels/register", Some(registration()))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(
        answer["error"]
            .as_str()
            .unwrap()
            .contains("CLOISTER_REGISTRATION_KEY")
    );
    app.finish().await;
}
