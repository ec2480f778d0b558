//! Create, list, delete and rotate-key.

use insta::assert_json_snapshot;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::channel::message;
use tests::{App, Channel};

fn new_channel() -> Value {
    json!({ "name": "My Slack Bot", "platform": "slack", "callbackUrl": "http://127.0.0.1:9/hook", "agentName": "echo" })
}

#[tokio::test]
async fn a_channel_is_made_listed_and_deleted() {
    let app = App::start().await;
    let owner = app.owner();
    owner.pushed("echo", crate::guest("echo")).await;

    let (status, made) = owner
        .send(Method::POST, "/api/channels", Some(new_channel()))
        .await;
    assert_eq!(status, StatusCode::CREATED);
    assert_json_snapshot!(made, {
        ".id" => "[id]", ".apiKey" => "[key]", ".webhookSecret" => "[secret]", ".agentId" => "[id]", ".createdAt" => "[time]",
    }, @r#"
    {
      "agentId": "[id]",
      "apiKey": "[key]",
      "callbackUrl": "http://127.0.0.1:9/hook",
      "createdAt": "[time]",
      "id": "[id]",
      "name": "My Slack Bot",
      "platform": "slack",
      "status": "active",
      "webhookSecret": "[secret]"
    }
    "#);
    let text = |name: &str| made[name].as_str().unwrap();
    assert!(text("id").starts_with("ch_") && text("apiKey").starts_with("chk_"));
    assert!(text("webhookSecret").starts_with("whsec_"));

    let (status, list) = owner.send(Method::GET, "/api/channels", None).await;
    assert_eq!(status, StatusCode::OK);
    let shown = list.to_string();
    assert!(shown.contains(text("id")), "{shown}");
    assert!(
        !shown.contains(text("apiKey")) && !shown.contains(text("webhookSecret")),
        "{shown}"
    );

    let channel = Channel::new(&app.address(), &made, app.http().clone());
    let path = format!("/api/channels/{}", channel.id);
    assert_eq!(
        owner.send(Method::DELETE, &path, None).await,
        (StatusCode::OK, json!({ "ok": true }))
    );
    assert_eq!(
        owner.send(Method::DELETE, &path, None).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        channel.send(&message("U1", "hello")).await.status,
        StatusCode::UNAUTHORIZED
    );
    app.finish().await;
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_told_by_its_name() {
    let app = App::start().await;
    let owner = app.owner();
    for (field, wrong) in [
        ("name", Value::Null),
        ("platform", Value::Null),
        ("callbackUrl", Value::Null),
        ("callbackUrl", json!("not an address")),
        ("callbackUrl", json!("ftp://127.0.0.1/hook")),
        ("callbackUrl", json!("http://10.1.2.3/hook")),
        ("callbackUrl", json!("http://user:password@127.0.0.1/hook")),
    ] {
        let mut body = new_channel();
        body[field] = wrong;
        let (status, answer) = owner
            .send(Method::POST, "/api/channels", Some(body.clone()))
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}: {answer}");
        assert_eq!(answer["ok"], false, "{answer}");
        assert!(
            answer["error"].as_str().unwrap().contains(field),
            "{body}: {answer}"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn nobody_manages_channels_without_a_proof() {
    let (app, _callback, channel) = crate::serving("echo").await;
    let path = format!("/api/channels/{}", channel.id);
    let rotate = format!("{path}/rotate-key");
    for (method, path) in [
        (Method::GET, "/api/channels"),
        (Method::POST, "/api/channels"),
        (Method::DELETE, &path),
        (Method::PATCH, &path),
        (Method::POST, &rotate),
    ] {
        // A channel's key proves who it is, and that is no one who manages channels.
        for (token, status) in [
            (None, StatusCode::UNAUTHORIZED),
            (Some("clt_wrong"), StatusCode::UNAUTHORIZED),
            (Some(&*channel.key), StatusCode::FORBIDDEN),
        ] {
            let mut request = app
                .http()
                .request(method.clone(), app.url(path))
                .json(&new_channel());
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), status, "{method} {path} with {token:?}");
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body["ok"], false, "{body}");
        }
    }
    // Nothing of it came to pass.
    assert_eq!(channel.say("U1", "still here").await, ["still here"]);
    app.finish().await;
}

#[tokio::test]
async fn a_new_key_ends_the_old_one_at_once() {
    let (app, _callback, channel) = crate::serving("echo").await;
    let path = format!("/api/channels/{}/rotate-key", channel.id);

    let (status, answer) = app.owner().send(Method::POST, &path, None).await;

    assert_eq!(status, StatusCode::OK);
    let key = answer["apiKey"].as_str().unwrap();
    assert_eq!(
        channel.send(&message("U1", "old")).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(channel.with_key(key).say("U1", "new").await, ["new"]);
    app.finish().await;
}
