//! YOLO mode: requests in one's own words.

use serde_json::json;
use tests::channel::message_with_id;

use super::{bare, in_group, with};

#[tokio::test]
async fn in_yolo_mode_a_request_is_the_command_that_it_is() {
    let (app, _callback, channel) = bare().await;
    channel.say("U1", "/yolo-mode").await;
    let made = message_with_id("U1", "please create an agent named scout", "m-1");
    let told = ["Ran /create scout:\nAgent 'scout' created and starting..."];
    assert_eq!(channel.send(&made).await.replies(), told);
    assert_eq!(channel.send(&made).await.replies(), told);
    // What is no request is for the agent.
    let text = "delete the second paragraph";
    assert_eq!(channel.say("U1", text).await, [text]);
    // Each is checked as if it had been typed.
    let told = channel.say("U1", "delete agent other").await;
    assert!(
        told[0].starts_with("Ran /delete other:\nThere is no agent 'other' of yours"),
        "{told:?}"
    );
    assert_eq!(channel.say("U2", "list my agents").await.len(), 1);
    channel.say("U1", "/yolo-mode-off").await;
    assert_eq!(
        channel.say("U1", "list my agents").await,
        ["list my agents"]
    );
    app.finish().await;
}

#[tokio::test]
async fn there_is_no_yolo_in_groups() {
    let (app, _callback, channel) = bare().await;
    channel.say("U1", "/create scout").await;
    channel.say("U1", "/yolo-mode").await;
    for command in ["yolo", "yolo-mode"] {
        let body = in_group("U1", json!({ "prompt": "list my agents" }));
        let answer = channel.command(command, &body).await;
        assert_eq!(answer.status, 400, "{command}: {}", answer.body);
    }
    let body = in_group("U1", json!({ "message": "@scout hello" }));
    assert_eq!(channel.send(&body).await.replies(), ["hello"]);
    let body = in_group("U1", json!({ "message": "list my agents" }));
    assert_eq!(channel.send(&body).await.replies(), ["list my agents"]);
    let body = with("U1", json!({ "text": "sing me a song" }));
    let told = channel.command("yolo", &body).await.replies();
    assert!(told[0].starts_with("I did not understand"), "{told:?}");
    app.finish().await;
}
