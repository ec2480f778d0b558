//! Turns on other modules: what they would have said.

use serde_json::{Value, json};
use tests::fakes::openai::Openai;
use tests::{App, Callback, Channel};

use super::{ask, beside, house, newest_turn, replay};
use crate::{guest, serving, serving_with};

const MANY: &str = "mutation($input: ReplayTurnsInput!) { replayTurns(input: $input) {
    turns same endCursor others { turnId verdict why diff turn { id } } } }";

async fn many(app: &App, input: Value, file: Option<&[u8]>) -> Value {
    let answer = ask(app, MANY, input, file).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["replayTurns"].clone()
}

#[tokio::test]
async fn another_module_shows_what_it_would_have_said() {
    let (app, _callback, channel) = serving("echo").await;
    assert_eq!(channel.say("U1", "each one two").await, ["each one two"]);
    let turn = newest_turn(&app).await;
    app.database().settled().await;
    let before = house(&app).await;
    let changed = replay(&app, &turn, Some(&guest("oblige"))).await;
    assert_eq!(changed["verdict"], "CHANGED", "{changed}");
    assert_eq!(changed["diff"], json!(["- each one two", "+ one", "+ two"]));
    // Not even the module is kept.
    assert_eq!(house(&app).await, before);

    // Its own, uploaded again, is its own.
    let same = replay(&app, &turn, Some(&guest("echo"))).await;
    assert_eq!(same["verdict"], "SAME", "{same}");
    app.finish().await;
}

#[tokio::test]
async fn what_the_journal_knows_another_module_is_told() {
    let (app, _callback, channel) = serving("counter").await;
    channel.say("U1", "a").await;
    channel.say("U1", "b").await;
    let second = newest_turn(&app).await;
    channel.say("U1", "c").await;
    app.database().settled().await;
    // The same agent as other bytes: a section more, which says nothing.
    let mut other = guest("counter");
    other.extend(b"\x00\x06\x05other");
    let before = house(&app).await;
    let same = replay(&app, &second, Some(&other)).await;
    assert_eq!(same["verdict"], "SAME", "{same}");
    assert_eq!(same["diff"], json!(["  2 here, 2 in all."]));
    assert_ne!(same["moduleId"], Value::Null);

    // Without the journal's answer memory is what it is now, and that is said.
    let forget = "UPDATE turns SET host_calls = 0";
    app.database().rows(forget, &[]).await;
    app.database().rows("DELETE FROM recordings", &[]).await;
    let changed = replay(&app, &second, Some(&other)).await;
    assert_eq!(changed["verdict"], "CHANGED", "{changed}");
    assert_eq!(
        changed["diff"],
        json!(["- 2 here, 2 in all.", "+ 4 here, 4 in all."])
    );
    let notes = changed["notes"].to_string();
    assert!(
        notes.contains("`count` of its memory is read as it is now."),
        "{notes}"
    );
    // It was counted nowhere.
    assert_eq!(channel.say("U1", "d").await, ["4 here, 4 in all."]);
    assert!(before.iter().any(|row| row.starts_with("recording ")));
    app.finish().await;
}

/// A host with an agent that asks a model.
async fn asking() -> (Openai, App, Callback, Channel) {
    let openai = Openai::start().await;
    let app = crate::models::with_model(App::build(), &openai);
    let (app, callback, channel) = serving_with(app, "oblige").await;
    crate::models::grant(&app.owner(), "oblige", json!({})).await;
    (openai, app, callback, channel)
}

#[tokio::test]
async fn no_model_is_asked_again() {
    let (openai, app, _callback, channel) = asking().await;
    assert_eq!(channel.say("U1", "ask hello").await, ["hello"]);
    let whole = newest_turn(&app).await;
    let streamed = channel.say("U1", "stream one two").await;
    let stream = newest_turn(&app).await;
    let mut other = guest("oblige");
    other.extend(b"\x00\x06\x05other");
    for module in [None, Some(other.as_slice())] {
        let same = replay(&app, &whole, module).await;
        assert_eq!(same["verdict"], "SAME", "{same}");
        let same = replay(&app, &stream, module).await;
        assert_eq!(same["verdict"], "SAME", "{same}");
        assert_eq!(same["diff"], json!([format!("  {}", streamed[0])]));
    }

    // What is asked in other words has no answer, and the verdict says so.
    let reworded = "UPDATE turns SET host_calls = 0";
    app.database().rows(reworded, &[]).await;
    app.database().rows("DELETE FROM recordings", &[]).await;
    let unanswered = replay(&app, &whole, Some(&other)).await;
    assert_eq!(unanswered["verdict"], "UNANSWERED", "{unanswered}");
    let why = unanswered["why"].as_str().unwrap();
    assert!(why.contains("asks the model for something"), "{why}");
    assert_eq!(openai.times(), 2);
    app.finish().await;
}

#[tokio::test]
async fn the_turns_of_a_week_are_run_side_by_side() {
    let (app, _callback, channel) = serving("echo").await;
    for number in 0..5 {
        channel.say("U1", &format!("compute {number}")).await;
    }
    channel.say("U2", "silence").await;
    let (_other, elsewhere) = beside(&app, "counter").await;
    elsewhere.say("U1", "not the agent's").await;
    app.database().settled().await;
    let old = "UPDATE turns SET queued_at = now() - interval '8 days' WHERE id = (SELECT id FROM turns ORDER BY queued_at LIMIT 1)";
    app.database().rows(old, &[]).await;

    let before = house(&app).await;
    let week = "SELECT to_char((now() - interval '7 days') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
    let since: String = app.database().rows(week, &[]).await[0].get(0);
    let all = json!({ "agent": "echo", "since": since, "file": null });
    let own = many(&app, all.clone(), None).await;
    assert_eq!(
        own,
        json!({ "turns": 5, "same": 5, "endCursor": null, "others": [] })
    );

    let oblige = guest("oblige");
    let other = many(&app, all.clone(), Some(&oblige)).await;
    assert_eq!((&other["turns"], &other["same"]), (&json!(5), &json!(0)));
    let others = other["others"].as_array().unwrap();
    let diffs: Vec<_> = others.iter().map(|replay| replay["diff"].clone()).collect();
    let computed = |number: u8| json!([format!("- compute {number}"), "+ Computed."]);
    assert_eq!(
        diffs,
        [
            json!(["- silence"]),
            computed(4),
            computed(3),
            computed(2),
            computed(1)
        ]
    );
    assert_eq!(others[0]["turnId"], others[0]["turn"]["id"]);

    // In two steps it is the same.
    let mut first = all.clone();
    first["first"] = json!(3);
    let head = many(&app, first.clone(), Some(&oblige)).await;
    first["after"] = head["endCursor"].clone();
    let tail = many(&app, first, Some(&oblige)).await;
    assert_eq!(tail["endCursor"], Value::Null);
    let both = [&head, &tail].map(|page| page["others"].as_array().unwrap().clone());
    assert_eq!(both.concat(), *others);
    assert_eq!(house(&app).await, before);
    app.finish().await;
}
