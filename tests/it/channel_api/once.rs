//! A command with an id is done once, however often it is sent.

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::channel::message_with_id;

use super::{bare, with};

#[tokio::test]
async fn a_repeated_command_gets_the_first_ones_answer() {
    let (app, _callback, channel) = bare().await;
    let create = message_with_id("U1", "/create my-agent", "m-1");
    let answers = join_all((0..32).map(|_| channel.send(&create))).await;
    for answer in answers {
        assert_eq!(
            answer.replies(),
            ["Agent 'my-agent' created and starting..."]
        );
    }
    let agents = "SELECT count(*) FROM agents WHERE owner_id IS NOT NULL";
    assert_eq!(app.database().count(agents).await, 1);
    // Also by the other way, whatever is asked by then.
    let other = with("U1", json!({ "name": "other", "messageId": "m-1" }));
    let answer = channel.command("create", &other).await;
    assert_eq!(
        answer.replies(),
        ["Agent 'my-agent' created and starting..."]
    );
    assert_eq!(app.database().count(agents).await, 1);
    let plain = message_with_id("U1", "hello", "m-1");
    assert_eq!(
        channel.send(&plain).await.replies(),
        ["Agent 'my-agent' created and starting..."]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_link_is_the_same_when_it_is_asked_for_again_and_is_nowhere_in_the_log() {
    let (app, _callback, channel) = bare().await;
    let login = message_with_id("U1", "/login", "m-1");
    let first = channel.send(&login).await.replies();
    assert!(first[0].contains("/sign-in/cli_"), "{first:?}");
    assert_eq!(channel.send(&login).await.replies(), first);
    let shown = "SELECT count(*) FROM messages WHERE text LIKE '%cli_%'";
    assert_eq!(app.database().count(shown).await, 0);
    let kept = "SELECT count(*) FROM messages WHERE text LIKE 'Sign in in a browser%…'";
    assert_eq!(app.database().count(kept).await, 1);
    app.finish().await;
}

#[tokio::test]
async fn the_ids_of_messages_and_of_commands_are_the_same_ones() {
    let (app, _callback, channel) = crate::serving("counter").await;
    let say = message_with_id("U1", "hello", "m-1");
    assert_eq!(channel.send(&say).await.replies(), ["1 here, 1 in all."]);
    for text in ["/help", "hello"] {
        let again = message_with_id("U1", text, "m-1");
        assert_eq!(
            channel.send(&again).await.replies(),
            ["1 here, 1 in all."],
            "{text}"
        );
    }
    let prompt = with("U1", json!({ "prompt": "hello", "messageId": "m-2" }));
    let answers = join_all((0..8).map(|_| channel.command("prompt", &prompt))).await;
    for answer in answers {
        assert_eq!(answer.replies(), ["2 here, 2 in all."]);
    }
    app.finish().await;
}

#[tokio::test]
async fn what_was_declined_is_looked_at_again() {
    let (app, _callback, channel) = bare().await;
    let load = |id: &str| -> Value { with("U1", json!({ "name": "my-agent", "messageId": id })) };
    let answer = channel.command("load", &load("m-1")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
    channel.say("U1", "/create my-agent").await;
    let answer = channel.command("load", &load("m-1")).await;
    assert_eq!(answer.replies(), ["Agent 'my-agent' is loaded (running)."]);
    app.finish().await;
}

#[tokio::test]
async fn of_agents_that_are_made_at_once_there_are_no_more_than_are_free() {
    let (app, _callback, channel) = bare().await;
    channel.say("U1", "/help").await;
    let create = async |number: usize| {
        let body = with("U1", json!({ "name": format!("agent-{number}") }));
        channel.command("create", &body).await.status
    };
    let statuses = join_all((0..12).map(create)).await;
    let made = |status: &&StatusCode| **status == StatusCode::OK;
    assert_eq!(statuses.iter().filter(made).count(), 3);
    let others = statuses.iter().filter(|status| !made(status));
    assert!(
        others
            .clone()
            .all(|status| *status == StatusCode::TOO_MANY_REQUESTS)
    );
    let agents = "SELECT count(*) FROM agents WHERE owner_id IS NOT NULL";
    assert_eq!(app.database().count(agents).await, 3);
    app.finish().await;
}
