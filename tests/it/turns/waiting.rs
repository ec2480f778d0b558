//! Answers that do not come at once: a stopped agent, a slow turn, a caller who goes away, a module that is replaced.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::App;
use tests::channel::{message, message_with_id};
use tests::wait::{LONG, wait_for};
use tokio::time::Instant;

#[tokio::test]
async fn a_stopped_agents_messages_wait_for_it() {
    let (app, callback, channel) =
        crate::serving_with(App::build().set("CLOISTER_TURN_WAIT", "0.3"), "counter").await;
    let owner = app.owner();
    let (status, agent) = owner
        .send(Method::POST, "/api/agents/counter/stop", None)
        .await;
    assert_eq!(
        (status, &agent["status"]),
        (StatusCode::OK, &json!("stopped"))
    );

    for text in ["one", "two", "three"] {
        assert_eq!(channel.say("U1", text).await, [""; 0]);
    }
    assert!(callback.received().is_empty());
    let (status, agent) = owner
        .send(Method::POST, "/api/agents/counter/start", None)
        .await;
    assert_eq!(
        (status, &agent["status"]),
        (StatusCode::OK, &json!("running"))
    );

    let told = callback.wait_for(3).await;
    let texts: Vec<_> = told.iter().map(tests::callback::Received::text).collect();
    assert_eq!(
        texts,
        [
            "1 here, 1 in all.",
            "2 here, 2 in all.",
            "3 here, 3 in all."
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_reply_past_the_wait_is_delivered() {
    let (app, callback, channel) =
        crate::serving_with(App::build().set("CLOISTER_TURN_WAIT", "0.3"), "oblige").await;
    let (compute, hello) = (message("U1", "compute 3000"), message("U1", "hello"));
    let (slow, behind) = tokio::join!(channel.send(&compute), async {
        app.database().wait_for_a_turn().await;
        channel.send(&hello).await
    });
    assert_eq!((slow.replies(), behind.replies()), (vec![], vec![]));
    let told: Vec<_> = callback
        .wait_for(2)
        .await
        .iter()
        .map(tests::callback::Received::text)
        .collect();
    assert_eq!(told, ["Computed.", "hello"]);
    app.finish().await;
}

#[tokio::test]
async fn the_reply_to_a_caller_who_went_away_is_delivered() {
    let (app, callback, channel) = crate::serving("oblige").await;
    let request = app
        .http()
        .post(channel.url())
        .bearer_auth(&channel.key)
        .json(&message("U1", "compute 2000"));
    let gone = request.timeout(Duration::from_millis(300)).send().await;
    assert!(gone.is_err_and(|error| error.is_timeout()));
    assert_eq!(callback.wait_for(1).await[0].text(), "Computed.");
    app.finish().await;
}

#[tokio::test]
async fn who_asks_again_while_the_turn_runs_gets_its_answer() {
    let (app, _callback, channel) = crate::serving("oblige").await;
    let body = message_with_id("U1", "compute 2000", "m-1");
    let (first, second) = tokio::join!(channel.send(&body), channel.send(&body));
    assert_eq!(
        (first.replies(), second.replies()),
        (vec!["Computed.".to_owned()], vec!["Computed.".to_owned()])
    );
    app.finish().await;
}

#[tokio::test]
async fn a_new_module_answers_the_next_message() {
    let (app, _callback, channel) = crate::serving("counter").await;
    assert_eq!(channel.say("U1", "hello").await, ["1 here, 1 in all."]);
    app.owner().pushed("counter", crate::guest("echo")).await;
    assert_eq!(channel.say("U1", "hello").await, ["hello"]);
    app.owner().pushed("counter", crate::guest("counter")).await;
    assert_eq!(channel.say("U1", "hello").await, ["2 here, 2 in all."]);
    app.finish().await;
}

#[tokio::test]
async fn who_waits_for_a_stopped_agent_is_told_at_once() {
    // The usual wait is 25 seconds: none of these answers may take as long.
    let (app, callback, channel) = crate::serving("oblige").await;
    let owner = app.owner();
    let stop = owner.send(Method::POST, "/api/agents/oblige/stop", None);

    // One turn runs, the next one of its conversation waits for it, and the agent is stopped. The first is still running
    // when its caller looks for it in the table.
    assert_eq!(channel.say("U1", "hello").await, ["hello"]);
    let asked = Instant::now();
    let (slow, behind) = (message("U1", "compute 2500"), message("U1", "behind"));
    let (slow, behind, _) = tokio::join!(
        channel.send(&slow),
        async {
            app.database().wait_for_a_turn().await;
            channel.send(&behind).await
        },
        async {
            let both = "SELECT count(*) FROM turns";
            wait_for(LONG, "both messages", async || {
                (app.database().count(both).await == 3).then_some(())
            })
            .await;
            stop.await
        }
    );
    assert_eq!(slow.replies(), ["Computed."]);
    assert_stopped(&behind);

    // One who comes later, the same one again, and one who waits in the same line.
    let first = message_with_id("U2", "first", "m-1");
    for body in [&first, &first, &message("U2", "second")] {
        assert_stopped(&channel.send(body).await);
    }
    assert!(asked.elapsed() < Duration::from_secs(20), "{asked:?}");
    assert!(callback.received().is_empty());

    owner
        .send(Method::POST, "/api/agents/oblige/start", None)
        .await;
    let told = callback.wait_for(3).await;
    let mut texts: Vec<_> = told.iter().map(tests::callback::Received::text).collect();
    texts.sort();
    assert_eq!(texts, ["behind", "first", "second"]);
    app.finish().await;
}

fn assert_stopped(answer: &tests::channel::Answer) {
    assert_eq!(answer.replies(), [""; 0]);
    let note = answer.body["note"].as_str().unwrap_or_default();
    assert!(note.contains("stopped"), "{}", answer.body);
}
