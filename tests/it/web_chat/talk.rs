//! Talking, and how much of it.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::App;

use super::widget_of;

#[tokio::test]
async fn a_visitor_says_something_and_is_answered() {
    let app = App::start().await;
    let visitor = widget_of(&app).await.open(json!({ "name": "Ada" })).await;
    let mut stream = visitor.watch(None).await;

    let taken = visitor.say("m-1", "Grüezi 👋").await;

    assert_eq!(taken["duplicate"], false);
    assert_eq!(taken["conversation_id"], visitor.session["conversation_id"]);
    let messages = stream.messages(2).await;
    assert_eq!(
        tests::visitor::said(&messages[0].data),
        ("visitor".to_owned(), "Grüezi 👋".to_owned())
    );
    assert_eq!(messages[0].data["message_id"], "m-1");
    assert_eq!(
        tests::visitor::said(&messages[1].data),
        ("agent".to_owned(), "Grüezi 👋".to_owned())
    );
    // Nothing of it is a delivery: the page reads it here.
    assert_eq!(
        app.database()
            .count("SELECT count(*) FROM deliveries")
            .await,
        0
    );
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn saying_it_again_says_it_once() {
    let app = App::start().await;
    let widget = widget_of(&app).await;
    let (visitor, other) = (widget.open(json!({})).await, widget.open(json!({})).await);
    let mut stream = visitor.watch(None).await;

    let first = visitor.say("m-1", "once").await;
    let again = visitor.say("m-1", "once").await;
    // Ids are made by pages: another visitor's are others.
    other.say("m-1", "mine").await;
    visitor.say("m-2", "twice").await;

    assert_eq!(
        (&again["id"], &again["duplicate"]),
        (&first["id"], &json!(true))
    );
    let heard: Vec<_> = stream
        .messages(4)
        .await
        .iter()
        .map(|event| event.data["text"].clone())
        .collect();
    assert_eq!(heard.iter().filter(|text| **text == "once").count(), 2);
    assert_eq!(heard.iter().filter(|text| **text == "twice").count(), 2);
    app.database().settled().await;
    assert_eq!(other.history().await.len(), 2);
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_told() {
    let app = App::start().await;
    let widget = widget_of(&app).await;
    let visitor = widget.open(json!({})).await;
    for (id, text, field) in [
        ("", "hello", "message_id"),
        ("m-1", "", "text"),
        ("m-1", "   \n", "text"),
        ("m-1", &*"x".repeat(8_001), "text"),
    ] {
        let (status, answer) = visitor.try_say(id, text).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        assert!(
            answer["error"].as_str().unwrap().starts_with(field),
            "{answer}"
        );
    }
    let large = visitor
        .saying("m-1", &"x".repeat(70_000))
        .send()
        .await
        .unwrap();
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let no_json = visitor.saying("m-1", "x").body("{").send().await.unwrap();
    assert_eq!(no_json.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        widget.session(json!({ "name": "x".repeat(101) })).await.0,
        StatusCode::BAD_REQUEST
    );

    let nowhere = tests::visitor::Widget::new(&app.address(), "ch_abc123", app.http().clone());
    assert_eq!(nowhere.session(json!({})).await.0, StatusCode::NOT_FOUND);
    assert!(visitor.history().await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn who_talks_too_fast_is_told_when_to_go_on() {
    let app = App::start().await;
    let visitor = widget_of(&app).await.open(json!({})).await;
    let mut taken = 0;
    let refused = loop {
        let answer = visitor
            .saying(&format!("m-{taken}"), "quick")
            .send()
            .await
            .unwrap();
        if answer.status() != StatusCode::ACCEPTED {
            break answer;
        }
        taken += 1;
        assert!(taken < 100, "nothing slows a flood down");
    };
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["code"], "rate_limited");
    assert!(taken >= 10, "a person who types fast is no flood: {taken}");
    // Another visitor is not held up by it.
    widget_of(&app)
        .await
        .open(json!({}))
        .await
        .say("m-1", "calm")
        .await;
    app.finish().await;
}
