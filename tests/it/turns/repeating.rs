//! Timers that repeat.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::wait::{LONG, wait_for};
use tests::{App, Callback, Database};

use super::hosts::KEY;

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn an_agent_makes_lists_and_cancels_timers_that_repeat() {
    let (app, _callback, channel) = crate::serving("oblige").await;
    let first = channel
        .say("U1", "repeat news Europe/Zurich 30 8 * * MON-FRI")
        .await
        .concat();
    let listed = format!("news {first} Europe/Zurich 30 8 * * MON-FRI");
    assert_eq!(channel.say("U1", "timers").await, [listed.as_str()]);
    // In a conversation of its own there is none.
    assert_eq!(channel.say("U2", "timers").await.concat(), "");
    // The same again goes on.
    let again = channel
        .say("U1", "repeat news Europe/Zurich 30 8 * * MON-FRI")
        .await;
    assert_eq!(again, [first]);

    let query = "{ agents(first: 10) { nodes { name schedules { nodes { id name cron timeZone dueAt } } } } }";
    let answer = app.owner().graphql(query, json!({})).await;
    let agents = answer["data"]["agents"]["nodes"].as_array().unwrap();
    let oblige = agents
        .iter()
        .find(|agent| agent["name"] == "oblige")
        .unwrap();
    let timer = &oblige["schedules"]["nodes"][0];
    assert_eq!(timer["cron"], "30 8 * * MON-FRI", "{answer}");
    assert_eq!(timer["timeZone"], "Europe/Zurich");
    let cancel = "mutation($id: ID!) { cancelSchedule(id: $id) { name cron } }";
    let cancelled = app
        .owner()
        .graphql(cancel, json!({ "id": timer["id"] }))
        .await;
    assert_eq!(
        cancelled["data"]["cancelSchedule"]["name"], "news",
        "{cancelled}"
    );
    assert_eq!(channel.say("U1", "timers").await.concat(), "");

    channel.say("U1", "repeat tea UTC 0 16 * * *").await;
    assert_eq!(channel.say("U1", "cancel tea").await, ["true"]);
    assert_eq!(channel.say("U1", "cancel tea").await, ["false"]);
    app.finish().await;
}

#[tokio::test]
async fn what_is_no_recurrence_is_a_typed_failure_that_says_what_to_do() {
    let (app, _callback, channel) = crate::serving("oblige").await;
    for (asked, told) in [
        ("news UTC every morning", "five fields"),
        ("news UTC 0 0 * * * *", "five fields"),
        ("news UTC 61 * * * *", "five fields"),
        (
            "news Mars/Olympus 0 0 * * *",
            "`Mars/Olympus` is no time zone",
        ),
        ("news UTC 0 0 30 2 *", "there is no such day"),
        (" UTC 0 0 * * *", "A timer's name"),
    ] {
        let answer = channel.say("U1", &format!("repeat {asked}")).await.concat();
        assert!(
            answer.starts_with("Invalid: ") && answer.contains(told),
            "{asked}: {answer}"
        );
    }
    assert_eq!(channel.say("U1", "timers").await.concat(), "");
    app.finish().await;
}

/// The slots that have become turns, by conversation, in milliseconds.
async fn fired(database: &Database) -> BTreeMap<String, Vec<i64>> {
    let slots = "SELECT conversation_id::text, (event -> 'timer' ->> 'due_at') FROM turns
                 WHERE event ? 'timer' ORDER BY conversation_id, position";
    let mut fired: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in database.rows(slots, &[]).await {
        let slot: String = row.get(1);
        fired
            .entry(row.get(0))
            .or_default()
            .push(slot.parse().unwrap());
    }
    fired
}

/// Takes the timers away: they would keep the house from settling.
async fn end(database: &Database) {
    database.rows("DELETE FROM schedules", &[]).await;
}

#[tokio::test]
async fn each_slot_fires_once_across_hosts_and_restarts() {
    let mut first = App::build().set("CLOISTER_MASTER_KEY", KEY).start().await;
    let mut second = App::build()
        .set("CLOISTER_MASTER_KEY", KEY)
        .beside(&first)
        .start()
        .await;
    let callback = Callback::start().await;
    first.owner().pushed("oblige", crate::guest("oblige")).await;
    let channel = first.owner().channel("oblige", &callback.url()).await;
    for user in ["U1", "U2", "U3"] {
        channel
            .say(user, "repeat tick Europe/Zurich * * * * *")
            .await;
    }
    // As if no host had been there for the last half hour: both see every slot of it at once.
    let database = first.database();
    let back = "UPDATE schedules SET due_at = date_trunc('minute', now()) - interval '30 minutes'";
    database.rows(back, &[]).await;
    let some = "SELECT count(*) FROM turns WHERE event ? 'timer'";
    wait_for(LONG, "some slots to have fired", async || {
        (database.count(some).await >= 6).then_some(())
    })
    .await;
    // One dies in the middle of it, the other one is started anew.
    first.kill().await;
    second.terminate().await;
    second.restart().await;

    let due = "SELECT count(*) FROM schedules WHERE due_at <= now()";
    let database = second.database();
    wait_for(LONG, "every slot to have fired", async || {
        let waiting = database.count(due).await
            + database
                .count("SELECT count(*) FROM turns WHERE status <> 'done'")
                .await;
        (waiting == 0).then_some(())
    })
    .await;
    let fired = fired(database).await;
    assert_eq!(fired.len(), 3);
    for slots in fired.values() {
        assert!(slots.len() >= 31, "{}", slots.len());
        assert!(
            slots.windows(2).all(|pair| pair[1] - pair[0] == MINUTE),
            "{slots:?}"
        );
    }
    end(database).await;
    second.finish().await;
}

#[tokio::test]
async fn a_stopped_agent_lets_its_slots_pass() {
    let (app, callback, channel) = crate::serving("oblige").await;
    channel.say("U1", "repeat tick UTC * * * * *").await;
    let (status, _) = app
        .owner()
        .send(
            reqwest::Method::POST,
            "/api/agents/oblige/stop",
            Some(Value::Null),
        )
        .await;
    assert!(status.is_success(), "{status}");
    let back = "UPDATE schedules SET due_at = date_trunc('minute', now()) - interval '5 minutes'";
    app.database().rows(back, &[]).await;
    wait_for(LONG, "the slots to have passed", async || {
        let due = "SELECT count(*) FROM schedules WHERE due_at <= now()";
        (app.database().count(due).await == 0).then_some(())
    })
    .await;
    assert_eq!(fired(app.database()).await.len(), 0);
    assert!(callback.received().is_empty());
    end(app.database()).await;
    app.finish().await;
}
