//! Replays: a turn that is over is run again, over GraphQL and from the command line, and nothing comes of it.

mod command;
mod others;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{App, Callback, Channel};

use crate::serving;

/// All that can be told of a replay.
const SHOWN: &str = "turnId moduleId verdict why diff notes log
    before { replies { text content } errorCode } after { replies { text content } errorCode error }";

/// The turn that the newest message led to, as its public id.
pub(crate) async fn newest_turn(app: &App) -> String {
    let newest = "SELECT 'trn_' || replace(id::text, '-', '') FROM turns ORDER BY queued_at DESC, id DESC LIMIT 1";
    app.database().rows(newest, &[]).await[0].get(0)
}

/// What came of a request about replays.
pub(crate) async fn ask(app: &App, query: &str, input: Value, file: Option<&[u8]>) -> Value {
    let request = app.owner().request(Method::POST, "/graphql");
    let operations = json!({ "query": query, "variables": { "input": input } });
    let request = match file {
        None => request.json(&operations),
        Some(file) => {
            let mut body = Vec::new();
            let mut part = |head: &str, bytes: &[u8]| {
                let head = format!("--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n");
                body.extend(head.bytes());
                body.extend(bytes);
                body.extend(b"\r\n");
            };
            part("name=\"operations\"", operations.to_string().as_bytes());
            part("name=\"map\"", br#"{"0": ["variables.input.file"]}"#);
            part("name=\"0\"; filename=\"a.wasm\"", file);
            body.extend(b"--edge--\r\n");
            request
                .header("content-type", "multipart/form-data; boundary=edge")
                .body(body)
        }
    };
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

/// Runs one turn again, which has to be possible.
pub(crate) async fn replay(app: &App, turn: &str, file: Option<&[u8]>) -> Value {
    let query =
        format!("mutation($input: ReplayTurnInput!) {{ replayTurn(input: $input) {{ {SHOWN} }} }}");
    let input = json!({ "id": turn, "file": null });
    let answer = ask(app, &query, input, file).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["replayTurn"].clone()
}

/// Everything that a turn could have changed.
async fn house(app: &App) -> Vec<String> {
    let all = "SELECT 'turn ' || t::text FROM turns t
        UNION ALL SELECT 'message ' || m::text FROM messages m
        UNION ALL SELECT 'state ' || s::text FROM state s
        UNION ALL SELECT 'agent ' || a::text FROM agents a
        UNION ALL SELECT 'conversation ' || c::text FROM conversations c
        UNION ALL SELECT 'schedule ' || s::text FROM schedules s
        UNION ALL SELECT 'delivery ' || d::text FROM deliveries d
        UNION ALL SELECT 'module ' || encode(digest, 'hex') FROM modules
        UNION ALL SELECT 'recording ' || r::text FROM recordings r
        UNION ALL SELECT 'log ' || l::text FROM agent_log l
        ORDER BY 1";
    let rows = app.database().rows(all, &[]).await;
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_turn_is_the_same_again_and_nothing_comes_of_it() {
    let (app, _callback, channel) = serving("counter").await;
    assert_eq!(channel.say("U1", "a").await, ["1 here, 1 in all."]);
    assert_eq!(channel.say("U1", "b").await, ["2 here, 2 in all."]);
    let second = newest_turn(&app).await;
    assert_eq!(channel.say("U2", "c").await, ["1 here, 3 in all."]);
    app.database().settled().await;

    // What it knew then is not what it would know now.
    let before = house(&app).await;
    let same = replay(&app, &second, None).await;
    assert_eq!(same["verdict"], "SAME", "{same}");
    assert_eq!(same["diff"], json!(["  2 here, 2 in all."]));
    assert_eq!(same["before"]["replies"], same["after"]["replies"]);
    assert_eq!(same["notes"], json!([]));
    assert_eq!(house(&app).await, before);
    let told = "SELECT count(*) FROM audit WHERE action = 'replayTurn'";
    assert_eq!(app.database().count(told).await, 1);
    app.finish().await;
}

#[tokio::test]
async fn a_turn_that_asked_for_nothing_has_no_journal_and_is_the_same_again() {
    let (app, _callback, channel) = serving("oblige").await;
    assert_eq!(channel.say("U1", "each one two").await, ["one", "two"]);
    let turn = newest_turn(&app).await;
    let kept = "SELECT count(*) FROM recordings";
    assert_eq!(app.database().count(kept).await, 0);
    let same = replay(&app, &turn, None).await;
    assert_eq!(same["verdict"], "SAME", "{same}");
    assert_eq!(same["diff"], json!(["  one", "  two"]));
    let notes = same["notes"].to_string();
    assert!(notes.contains("It has no journal"), "{notes}");

    // What else it says is compared as well, and what it logs is shown.
    let said = channel.say("U1", "choose red blue").await;
    assert_eq!(said.len(), 1);
    let same = replay(&app, &newest_turn(&app).await, None).await;
    assert_eq!(same["verdict"], "SAME", "{same}");
    channel.say("U1", "log Good day").await;
    let same = replay(&app, &newest_turn(&app).await, None).await;
    assert_eq!(
        (&same["verdict"], &same["log"]),
        (&json!("SAME"), &json!(["info Good day"]))
    );
    app.finish().await;
}

#[tokio::test]
async fn where_it_goes_another_way_is_shown() {
    let (app, _callback, channel) = serving("counter").await;
    app.owner().pushed("echo", crate::guest("echo")).await;
    channel.say("U1", "a").await;
    let turn = newest_turn(&app).await;
    app.database().settled().await;
    // As if this host did not run the module as it ran it then.
    let other = "UPDATE turns SET module_digest = (SELECT module_digest FROM agents WHERE name = 'echo' LIMIT 1)";
    app.database().rows(other, &[]).await;
    let diverged = replay(&app, &turn, None).await;
    assert_eq!(diverged["verdict"], "DIVERGED", "{diverged}");
    assert_eq!(
        diverged["why"],
        "After 0 calls as before, call 1, `state.get`, is not made any more."
    );
    assert_eq!(diverged["diff"], json!(["- 1 here, 1 in all.", "+ a"]));
    app.finish().await;
}

#[tokio::test]
async fn a_failure_is_the_same_again_and_shows_why() {
    let (app, _callback, channel) = serving("misbehave").await;
    channel.say("U1", "half_done").await;
    let turn = newest_turn(&app).await;
    let same = replay(&app, &turn, None).await;
    assert_eq!(same["verdict"], "SAME", "{same}");
    assert_eq!(same["before"]["errorCode"], "trap");
    assert_eq!(same["after"]["errorCode"], "trap");
    app.finish().await;
}

#[tokio::test]
async fn without_its_journal_it_cannot_be_told() {
    let app = App::build().set("CLOISTER_JOURNAL_BYTES", "16");
    let (app, _callback, channel) = crate::serving_with(app, "counter").await;
    channel.say("U1", "a").await;
    let turn = newest_turn(&app).await;
    let missing = replay(&app, &turn, None).await;
    assert_eq!(missing["verdict"], "MISSING", "{missing}");
    let why = "What the agent heard is not kept any more, or was too much to keep.";
    assert_eq!(missing["why"], why);
    assert_eq!(missing["after"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn a_turn_with_a_journal_takes_no_statement_more_than_its_own_calls() {
    let (app, _callback, oblige) = serving("oblige").await;
    let (_other, counter) = beside(&app, "counter").await;
    // The first ones read what is known afterwards. An agent that has asked for something has its messages stored before their
    // turns run, as the counter's are.
    oblige.say("U1", "timers").await;
    counter.say("U1", "hi").await;
    let mut each = Vec::new();
    for channel in [&oblige, &counter] {
        let said = async || drop(channel.say("U1", "hi").await);
        each.push(app.fewest_statements(said).await);
    }
    let kept = "SELECT count(*) FROM recordings";
    assert_eq!(app.database().count(kept).await, 1 + 21);
    // It reads its memory twice.
    assert!(each[1] <= each[0] + 2.0, "{each:?}");
    app.finish().await;
}

#[tokio::test]
async fn journals_have_their_time() {
    let (mut app, _callback, channel) = serving("counter").await;
    channel.say("U1", "a").await;
    let kept = "SELECT count(*) FROM recordings";
    assert_eq!(app.database().count(kept).await, 1);
    let age = "UPDATE recordings SET created_at = now() - interval '8 days'";
    app.database().rows(age, &[]).await;
    // They are cleaned when a host starts.
    app.terminate().await;
    app.restart().await;
    let gone = async || (app.database().count(kept).await == 0).then_some(());
    tests::wait_for(tests::wait::LONG, "the journals to be gone", gone).await;
    app.finish().await;
}

#[tokio::test]
async fn the_operator_says_how_long_journals_are_kept() {
    let app = App::build().set("CLOISTER_JOURNAL_DAYS", "2");
    let (mut app, _callback, channel) = crate::serving_with(app, "counter").await;
    for text in ["a", "b"] {
        channel.say("U1", text).await;
    }
    app.database().settled().await;
    let age = "UPDATE recordings SET created_at = now() - CASE
        WHEN turn_id = (SELECT id FROM turns ORDER BY queued_at LIMIT 1) THEN interval '3 days'
        ELSE interval '1 day' END";
    app.database().rows(age, &[]).await;
    app.terminate().await;
    app.restart().await;
    let kept = "SELECT count(*) FROM recordings";
    let gone = async || (app.database().count(kept).await < 2).then_some(());
    tests::wait_for(tests::wait::LONG, "the older journal to be gone", gone).await;
    assert_eq!(app.database().count(kept).await, 1);
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_words() {
    let (app, _callback, channel) = serving("echo").await;
    channel.say("U1", "a").await;
    let turn = newest_turn(&app).await;
    let module = crate::guest("oblige");
    let one = "mutation($input: ReplayTurnInput!) { replayTurn(input: $input) { verdict } }";
    let many = "mutation($input: ReplayTurnsInput!) { replayTurns(input: $input) { turns } }";
    let nobody = "trn_00000000000070008000000000000000";
    let digest = "0".repeat(64);
    let since = "2026-01-01T00:00:00Z";
    let cases = [
        (one, json!({ "id": nobody }), None, "not_found"),
        (
            one,
            json!({ "id": turn, "module": digest }),
            None,
            "not_found",
        ),
        (one, json!({ "id": turn, "module": "me" }), None, "invalid"),
        (
            one,
            json!({ "id": turn, "module": digest, "file": null }),
            Some(module.as_slice()),
            "invalid",
        ),
        (
            one,
            json!({ "id": turn, "file": null }),
            Some(b"#!/bin/sh".as_slice()),
            "not_wasm",
        ),
        (
            many,
            json!({ "agent": "nobody", "since": since }),
            None,
            "not_found",
        ),
        (
            many,
            json!({ "agent": "echo", "since": since, "first": 0 }),
            None,
            "invalid",
        ),
        (
            many,
            json!({ "agent": "echo", "since": since, "first": 1001 }),
            None,
            "invalid",
        ),
        (
            many,
            json!({ "agent": "echo", "since": since, "after": "x" }),
            None,
            "invalid",
        ),
    ];
    for (query, input, file, code) in cases {
        let told = input.to_string();
        let answer = ask(&app, query, input, file).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], code,
            "{told}: {answer}"
        );
    }
    app.finish().await;
}

/// A second agent on a channel of its own.
async fn beside(app: &App, agent: &str) -> (Callback, Channel) {
    let callback = Callback::start().await;
    app.owner().pushed(agent, crate::guest(agent)).await;
    let channel = app.owner().channel(agent, &callback.url()).await;
    (callback, channel)
}
