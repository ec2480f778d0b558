//! "Send an inbound message".

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::channel::{message, message_with_id};

use crate::workspace::Site;

#[tokio::test]
async fn a_message_comes_back_with_its_replies() {
    let (app, _callback, channel) = crate::serving("oblige").await;
    let answer = channel.send(&message("U12345", "Grüezi 👋")).await;
    assert_eq!(
        (answer.status, answer.body),
        (
            StatusCode::OK,
            json!({ "ok": true, "replies": ["Grüezi 👋"] })
        )
    );

    assert_eq!(
        channel.say("U12345", "each one two three").await,
        ["one", "two", "three"]
    );
    assert_eq!(channel.say("U12345", "silence").await, [""; 0]);
    let replies = channel
        .say("U12345", r#"structured {"type":"receipt","total":5}"#)
        .await;
    assert_eq!(
        replies,
        [
            "Here you are.",
            r#"__structured:{"type":"receipt","total":5}"#
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_and_nothing_is_stored() {
    let (app, callback, channel) = crate::serving("echo").await;
    let long = "x".repeat(64 * 1_024 + 1);
    for (body, field) in [
        (json!({ "message": "who am I?" }), "externalUserId"),
        (json!({ "externalUserId": "U1" }), "message"),
        (json!({ "externalUserId": "U1", "message": "" }), "message"),
        (
            json!({ "externalUserId": ["U1"], "message": "hi" }),
            "externalUserId",
        ),
        (
            json!({ "externalUserId": "U1", "message": long }),
            "message",
        ),
        (
            json!({ "externalUserId": "U1", "message": "hi", "isGroup": true }),
            "groupExternalId",
        ),
        (
            json!({ "externalUserId": "U1", "message": "hi", "isGroup": "yes" }),
            "isGroup",
        ),
        (
            json!({ "externalUserId": "U1", "attachments": [{ "filename": "x.png" }] }),
            "attachments[0].url",
        ),
        (
            json!({ "externalUserId": "U1", "attachments": "x.png" }),
            "attachments",
        ),
        (json!(["U1", "hi"]), "body"),
    ] {
        let answer = channel.send(&body).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{body}: {}",
            answer.body
        );
        assert_eq!(answer.body["ok"], false);
        assert!(
            answer.body["error"].as_str().unwrap().starts_with(field),
            "{body}: {}",
            answer.body
        );
    }
    assert_eq!(
        raw(&channel, "{\"externalUserId\": \"U1\", ").await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(raw(&channel, "\u{0}").await.0, StatusCode::BAD_REQUEST);
    let large = message("U1", &"x".repeat(300 * 1_024)).to_string();
    assert_eq!(raw(&channel, &large).await.0, StatusCode::PAYLOAD_TOO_LARGE);

    assert_eq!(
        app.database().count("SELECT count(*) FROM messages").await,
        0
    );
    assert!(callback.received().is_empty());
    app.finish().await;
}

async fn raw(channel: &tests::Channel, body: &str) -> (StatusCode, Value) {
    let request = reqwest::Client::new()
        .post(channel.url())
        .bearer_auth(&channel.key);
    let answer = request
        .header("Content-Type", "application/json")
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn only_the_channels_own_key_opens_it() {
    let (app, callback, channel) = crate::serving("echo").await;
    let other = app.owner().channel("echo", &callback.url()).await;
    let hello = message("U1", "hello");
    let with =
        async |id: &str, key: &str| channel.with_id(id).with_key(key).send(&hello).await.status;
    assert_eq!(
        with(&channel.id, "chk_wrong").await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        with(&channel.id, app.owner().token()).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(with(&channel.id, &other.key).await, StatusCode::FORBIDDEN);
    assert_eq!(with("ch_abc123", &channel.key).await, StatusCode::NOT_FOUND);
    let keyless = app
        .http()
        .post(channel.url())
        .json(&hello)
        .send()
        .await
        .unwrap();
    assert_eq!(keyless.status(), StatusCode::UNAUTHORIZED);

    assert_eq!(with(&channel.id, &channel.key).await, StatusCode::OK);
    app.finish().await;
}

#[tokio::test]
async fn a_repeated_message_gets_the_first_ones_answer() {
    let (app, _callback, channel) = crate::serving("counter").await;
    let say = async |text: &str, id: &str| {
        channel
            .send(&message_with_id("U1", text, id))
            .await
            .replies()
    };

    assert_eq!(say("one", "m-1").await, ["1 here, 1 in all."]);
    assert_eq!(say("one", "m-1").await, ["1 here, 1 in all."]);
    assert_eq!(say("said otherwise", "m-1").await, ["1 here, 1 in all."]);
    assert_eq!(say("two", "m-2").await, ["2 here, 2 in all."]);

    // Also when all come at once, and none can have been answered before.
    let three = message_with_id("U1", "three", "m-3");
    let answers = join_all((0..12).map(|_| channel.send(&three))).await;
    for answer in answers {
        assert_eq!(answer.replies(), ["3 here, 3 in all."]);
    }
    assert_eq!(
        app.database()
            .agent_state("counter", "count")
            .await
            .as_deref(),
        Some("3")
    );
    app.finish().await;
}

#[tokio::test]
async fn the_ids_of_messages_are_each_channels_own() {
    let (app, callback, channel) = crate::serving("counter").await;
    let other = app.owner().channel("counter", &callback.url()).await;
    let hello = message_with_id("U1", "hello", "m-1");
    assert_eq!(channel.send(&hello).await.replies(), ["1 here, 1 in all."]);
    assert_eq!(other.send(&hello).await.replies(), ["1 here, 2 in all."]);
    app.finish().await;
}

#[tokio::test]
async fn a_group_is_one_conversation_and_its_members_have_others() {
    let (app, callback, channel) = crate::serving("counter").await;
    let in_group = |user: &str, text: &str| {
        json!({
            "externalUserId": user, "displayName": "Alice", "message": text, "isGroup": true,
            "groupExternalId": "G67890", "groupName": "Engineering", "participants": ["U1", "U2"]
        })
    };
    assert_eq!(
        channel.send(&in_group("U1", "hi")).await.replies(),
        ["1 here, 1 in all."]
    );
    assert_eq!(
        channel.send(&in_group("U2", "hi")).await.replies(),
        ["2 here, 2 in all."]
    );
    assert_eq!(channel.say("U1", "between us").await, ["1 here, 3 in all."]);

    channel
        .send(&in_group("U2", "remind me in 1 second to eat"))
        .await
        .replies();

    let delivery = callback.wait_for(1).await[0].json();
    assert_eq!(
        delivery,
        json!({
            "event": "message.send", "channelId": channel.id, "externalUserId": "U2", "groupExternalId": "G67890",
            "message": "⏰ eat"
        })
    );
    app.finish().await;
}

#[tokio::test]
async fn files_that_come_with_a_command_are_told_of_and_given_to_no_agent() {
    let (app, _callback, channel) = super::bare().await;
    let site = Site::start().await;
    let cat = site.put("cat.png", 200, "image/png", b"meow");
    channel.say("U1", "/create keeper").await;
    let with_cat = |text: &str| json!({ "externalUserId": "U1", "message": text, "attachments": [{ "url": cat }] });
    let told = channel.send(&with_cat("/status")).await.replies();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("keeper") && told[1].contains("send them again"),
        "{told:?}"
    );
    assert_eq!(site.asked("cat.png"), 0);
    // What is for the agent goes to it, whichever way it is said.
    for text in ["look", "/prompt look"] {
        channel.send(&with_cat(text)).await.replies();
    }
    assert_eq!(site.asked("cat.png"), 2);
    app.finish().await;
}

#[tokio::test]
async fn attachments_are_taken_in_every_spelling_and_kept_for_the_agents_owner() {
    // This agent's module knows nothing of files: they are among its own all the same.
    let (app, _callback, channel) = crate::serving("echo").await;
    let site = Site::start().await;
    let cat = site.put("a/cat.png", 200, "text/html", b"meow");
    let dog = site.put("a/dog.gif", 200, "image/gif", b"woof");
    let file = |address: &str, content_type: &str, name: &str| json!({ address: cat, content_type: "image/png", name: "cat.png" });
    let mut body = json!({
        "externalUserId": "U1",
        "attachments": [
            file("url", "contentType", "filename"),
            file("fileUrl", "mimeType", "name"),
            file("mediaUrl", "contentType", "name"),
            file("attachmentUrl", "mimeType", "filename"),
            { "url": format!("{dog}?size=1") },
        ]
    });
    let named = "📎 cat.png (image/png)\n📎 2-cat.png (image/png)\n📎 3-cat.png (image/png)\n📎 4-cat.png (image/png)\n\
        📎 dog.gif (image/gif)";
    assert_eq!(channel.send(&body).await.replies(), [named]);
    let owner = app.owner();
    let files = "/api/agents/echo/files";
    let (_, kept) = owner.send(Method::GET, files, None).await;
    let kept = kept["files"].as_array().unwrap();
    let kept: Vec<&str> = kept
        .iter()
        .filter_map(|file| file["path"].as_str())
        .collect();
    assert_eq!(
        kept,
        [
            "inbox/2-cat.png",
            "inbox/3-cat.png",
            "inbox/4-cat.png",
            "inbox/cat.png",
            "inbox/dog.gif"
        ]
    );
    let read = owner.request(Method::GET, &format!("{files}/inbox/dog.gif"));
    assert_eq!(read.send().await.unwrap().text().await.unwrap(), "woof");

    body["message"] = json!("look");
    assert_eq!(
        channel.send(&body).await.replies(),
        [format!("look\n{named}")]
    );
    app.finish().await;
}
