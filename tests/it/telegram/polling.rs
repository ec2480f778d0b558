//! Long polling: nothing is lost, nothing is answered twice, and what goes wrong is told.

use reqwest::Method;
use rustix::process::Signal;
use serde_json::json;
use tests::App;
use tests::wait::{LONG, wait_for};

use super::{ask, beside, connected, set_up, wait_for_status, wait_until_confirmed};

#[tokio::test]
async fn a_message_is_answered_and_confirmed_once_it_is_stored() {
    let (app, telegram) = connected(42).await;
    telegram.say(42, "Grüezi");
    assert_eq!(telegram.wait_for(1).await, ["Grüezi"]);
    wait_until_confirmed(&telegram).await;
    let stored = app
        .database()
        .rows("SELECT cursor FROM channel_cursors", &[])
        .await;
    assert_eq!(stored[0].get::<_, &str>(0), "424242:2");
    let polls = telegram.asked("getUpdates");
    assert_eq!(
        polls[0].body["allowed_updates"],
        json!(["message", "edited_message", "callback_query"])
    );
    app.finish().await;
}

#[tokio::test]
async fn a_host_that_is_killed_goes_on_where_it_left_off() {
    let (mut app, telegram) = connected(42).await;
    for number in 0..30 {
        telegram.say(42, &format!("before {number}"));
    }
    telegram.wait_for(3).await;
    app.kill().await;
    for number in 0..5 {
        telegram.say(42, &format!("between {number}"));
    }
    app.restart().await;
    telegram.say(42, "after");
    wait_until_confirmed(&telegram).await;
    app.database().settled().await;

    let log = app.database().log().await;
    let heard: Vec<&str> = log
        .iter()
        .filter(|entry| entry.inbound)
        .map(|entry| entry.text.as_str())
        .collect();
    let said: Vec<&str> = log
        .iter()
        .filter(|entry| !entry.inbound)
        .map(|entry| entry.text.as_str())
        .collect();
    let before = (0..30).map(|number| format!("before {number}"));
    let between = (0..5).map(|number| format!("between {number}"));
    let all: Vec<String> = before.chain(between).chain(["after".to_owned()]).collect();
    assert_eq!(heard, all);
    assert_eq!(said, all);
    app.finish().await;
}

#[tokio::test]
async fn a_bad_update_is_set_aside_and_holds_up_no_other() {
    let (app, telegram) = connected(42).await;
    telegram.update(json!({ "message": { "message_id": "not a number", "text": "hm" } }));
    telegram.update(json!({ "poll": { "id": "1" } }));
    telegram.say(42, "and now");
    assert_eq!(telegram.wait_for(1).await, ["and now"]);
    wait_until_confirmed(&telegram).await;
    let aside = app
        .database()
        .rows("SELECT platform_event_id, why, raw FROM set_aside", &[])
        .await;
    assert_eq!(aside.len(), 1);
    assert_eq!(aside[0].get::<_, &str>(0), "424242:1");
    assert!(
        aside[0].get::<_, &str>(1).contains("i64"),
        "{:?}",
        aside[0].get::<_, &str>(1)
    );
    assert!(aside[0].get::<_, &str>(2).contains("not a number"));
    let (_, settings) = ask(&app, Method::GET, "/config", None).await;
    let shown = &settings["setAside"][0];
    assert_eq!(shown["updateId"], "424242:1");
    assert!(shown["raw"].as_str().unwrap().contains("not a number"));
    app.finish().await;
}

#[tokio::test]
async fn another_reader_is_told_of_until_it_is_gone() {
    let (app, telegram) = connected(42).await;
    let conflict = json!({ "description": "Conflict: terminated by other getUpdates request" });
    telegram.next("getUpdates", vec![(409, conflict); 3]);
    telegram.say(42, "wake up");
    let reason = wait_for_status(&app, "error").await.unwrap();
    assert!(
        reason.contains("something else reads this channel"),
        "{reason}"
    );
    wait_for_status(&app, "active").await;
    assert_eq!(telegram.wait_for(1).await, ["wake up"]);
    app.finish().await;
}

#[tokio::test]
async fn a_token_that_is_refused_ends_the_polling_until_there_is_another() {
    let (app, telegram) = connected(42).await;
    telegram.revoke(true);
    let reason = wait_for_status(&app, "expired").await.unwrap();
    assert!(reason.contains("Unauthorized"), "{reason}");
    telegram.revoke(false);
    telegram.say(42, "still there?");
    set_up(&app).await;
    assert_eq!(telegram.wait_for(1).await, ["still there?"]);
    wait_for_status(&app, "active").await;
    app.finish().await;
}

#[tokio::test]
async fn errors_of_telegram_pass() {
    let (app, telegram) = connected(42).await;
    telegram.next(
        "getUpdates",
        [
            (502, json!({})),
            (429, json!({ "retry_after": 1 })),
            (500, json!({})),
        ],
    );
    telegram.say(42, "hello?");
    assert_eq!(telegram.wait_for(1).await, ["hello?"]);
    app.finish().await;
}

#[tokio::test]
async fn of_two_hosts_one_reads_and_the_other_takes_over() {
    let (mut app, telegram) = connected(42).await;
    telegram.say(42, "one");
    telegram.wait_for(1).await;
    let other: App = beside(&telegram).beside(&app).start().await;
    telegram.say(42, "two");
    telegram.wait_for(2).await;
    assert_eq!(conflicts(&telegram), 0, "two hosts polled at once");
    // What was sent and not noted is sent again by the other.
    wait_for(LONG, "all that was sent is noted", async || {
        let pending = "SELECT count(*) FROM deliveries WHERE status <> 'delivered'";
        let rows = app.database().rows(pending, &[]).await;
        (rows[0].get::<_, i64>(0) == 0).then_some(())
    })
    .await;

    app.process().signal(Signal::KILL);
    telegram.say(42, "three");
    assert_eq!(telegram.wait_for(3).await, ["one", "two", "three"]);
    other.finish().await;
}

/// Times that a poll came while another one waited: each host leaves off before another begins.
fn conflicts(telegram: &tests::fakes::telegram::Telegram) -> usize {
    telegram.asked("deleteWebhook").len().saturating_sub(1)
}
