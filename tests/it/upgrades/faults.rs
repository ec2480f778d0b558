//! A host that dies in a turn: whoever runs it again does so on the module that it was begun on.

use serde_json::json;
use tests::fakes::mcp::Mcp;
use tests::process::Ended;
use tests::{App, Channel};

use super::{ASKED, allow_tools, house, newest, on_side, try_out};

/// The host dies at a point while someone says something, and is gone then.
async fn killed(app: &mut App, channel: &Channel, point: &str, person: &str, text: &str) {
    assert_eq!(app.terminate().await, Ended::Code(0));
    app.set("CLOISTER_FAULT", Some(point));
    app.restart().await;
    let body = tests::channel::message(person, text);
    let (sent, died) = tokio::join!(channel.try_send(&body), app.died());
    assert!(sent.is_err(), "{sent:?}");
    assert_eq!(died, Ended::Signal(9), "{point}");
    app.set("CLOISTER_FAULT", None);
}

#[tokio::test]
async fn a_turn_that_was_started_is_run_again_on_its_side() {
    let (mut app, callback, channel, oblige) = house().await;
    try_out(&app, &oblige, 50).await;
    let (tried, present) = (
        on_side(&channel, true).await,
        on_side(&channel, false).await,
    );
    let mut heard = 0;
    for (person, expected) in [(&tried, ["one", "two"].as_slice()), (&present, &[ASKED])] {
        for point in ["turn.started", "turn.ended"] {
            killed(&mut app, &channel, point, person, ASKED).await;
            app.restart().await;
            // Nobody waits for the answer any more.
            let received = callback.wait_for(heard + expected.len()).await;
            let said: Vec<String> = received[heard..].iter().map(|one| one.text()).collect();
            assert_eq!(said, expected, "{person} at {point}");
            heard = received.len();
            app.database().settled().await;
            let (status, module) = newest(&app).await;
            assert_eq!(status, "done");
            assert_eq!(module == oblige, person == &tried, "{person} at {point}");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn what_a_tool_answered_is_heard_by_the_module_that_asked_whatever_became_of_the_trial() {
    let (mut app, callback, channel, oblige) = house().await;
    let server = Mcp::start().await;
    allow_tools(&app, json!({ "name": "far", "url": server.url() })).await;
    try_out(&app, &oblige, 99).await;
    let person = on_side(&channel, true).await;
    let text = r#"use far__say {"text": "once"}"#;
    killed(&mut app, &channel, "tool.kept", &person, text).await;
    // What rolling back does, by another host.
    let rolled = "UPDATE agents SET trial_digest = NULL, trial_share = NULL, trial_since = NULL, version = version + 1
        WHERE trial_digest IS NOT NULL";
    app.database().rows(rolled, &[]).await;
    app.restart().await;
    // The other module would say what it was told.
    assert_eq!(callback.wait_for(1).await[0].text(), "\"once\" (once)");
    assert_eq!(server.times("tools/call"), 1);
    app.database().settled().await;
    assert_eq!(newest(&app).await, ("done".to_owned(), oblige));
    assert_eq!(channel.say(&person, ASKED).await, [ASKED]);
    app.finish().await;
}
