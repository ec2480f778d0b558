//! Upgrades: a new module answers in a share of an agent's conversations, then in all, or in none any more.

mod command;
mod faults;
mod waiting;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::people::Home;
use tests::{App, Callback, Channel};

use crate::replays::ask;
use crate::{guest, serving};

const PEOPLE: usize = 40;
/// What tells the two apart: `echo` says it as it is.
const ASKED: &str = "each one two";

const SHOWN: &str = "name module { digest } trial { share module { digest } since }
    versions { share turns failed module { digest } }";

/// An agent on `echo`, and the digest of `oblige`, which is here as well.
async fn house() -> (App, Callback, Channel, String) {
    let (app, callback, channel) = serving("echo").await;
    app.owner().pushed("other", guest("oblige")).await;
    let digest = "SELECT encode(module_digest, 'hex') FROM agents WHERE name = 'other'";
    let digest = app.database().rows(digest, &[]).await[0].get(0);
    (app, callback, channel, digest)
}

async fn changed(app: &App, mutation: &str, variables: Value) -> Value {
    let answer = app.owner().graphql(mutation, variables).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    let changed = answer["data"].as_object().unwrap();
    changed.values().next().unwrap().clone()
}

async fn try_out(app: &App, module: &str, share: u8) -> Value {
    let query = format!(
        "mutation($input: TryAgentModuleInput!) {{ tryAgentModule(input: $input) {{ {SHOWN} }} }}"
    );
    let input = json!({ "agent": "echo", "module": module, "share": share });
    changed(app, &query, json!({ "input": input })).await
}

async fn all(app: &App, mutation: &str) -> Value {
    let query = format!("mutation {{ {mutation}(id: \"echo\") {{ {SHOWN} }} }}");
    changed(app, &query, json!({})).await
}

/// Someone to whom `oblige` answers, or does not.
async fn on_side(channel: &Channel, is_tried: bool) -> String {
    let mut number = 0;
    loop {
        let person = format!("U{number}");
        if (channel.say(&person, ASKED).await != [ASKED]) == is_tried {
            return person;
        }
        number += 1;
    }
}

/// How the newest turn ended, and the module that ran it.
async fn newest(app: &App) -> (String, String) {
    let newest =
        "SELECT status, encode(module_digest, 'hex') FROM turns ORDER BY queued_at DESC LIMIT 1";
    let newest = app.database().rows(newest, &[]).await;
    (newest[0].get(0), newest[0].get(1))
}

/// Connects a server of tools, and lets the agent use them.
async fn allow_tools(app: &App, server: Value) {
    let connect =
        "mutation($input: ConnectToolServerInput!) { connectToolServer(input: $input) { id } }";
    changed(app, connect, json!({ "input": server })).await;
    let allow =
        "mutation { allowCapability(input: { agent: \"echo\", capability: \"tools\" }) { id } }";
    changed(app, allow, json!({})).await;
}

/// Those to whom `oblige` answers.
async fn obliged(channel: &Channel) -> BTreeSet<usize> {
    let mut obliged = BTreeSet::new();
    for person in 0..PEOPLE {
        let said = channel.say(&format!("U{person}"), ASKED).await;
        if said != [ASKED] {
            assert_eq!(said, ["one", "two"]);
            obliged.insert(person);
        }
    }
    obliged
}

#[tokio::test]
async fn a_module_is_tried_on_some_then_on_all_and_rolled_back() {
    let (app, _callback, channel, oblige) = house().await;
    assert!(obliged(&channel).await.is_empty());

    let tried = try_out(&app, &oblige, 30).await;
    assert_eq!(
        (
            &tried["trial"]["share"],
            &tried["trial"]["module"]["digest"]
        ),
        (&json!(30), &json!(oblige))
    );
    let some = obliged(&channel).await;
    assert!((1..=24).contains(&some.len()), "{some:?}");
    // Each conversation keeps its side, also when there are more of them.
    assert_eq!(obliged(&channel).await, some);
    let more = try_out(&app, &oblige, 70).await;
    assert_eq!(more["trial"]["since"], tried["trial"]["since"]);
    let many = obliged(&channel).await;
    assert!(many.is_superset(&some) && many.len() > some.len());
    assert!(many.len() < PEOPLE);

    let query = format!("{{ agent(name: \"echo\") {{ {SHOWN} }} }}");
    let shown = changed(&app, &query, json!({})).await;
    let versions = shown["versions"].as_array().unwrap();
    let ran = |place: usize| versions[place]["turns"].as_u64().unwrap();
    let on_trial = u64::try_from(2 * some.len() + many.len()).unwrap();
    assert_eq!((versions.len(), ran(1)), (2, on_trial), "{shown}");
    assert_eq!(ran(0) + ran(1), 4 * PEOPLE as u64);
    assert_eq!(
        (&versions[0]["share"], &versions[1]["share"]),
        (&json!(30), &json!(70))
    );

    // One call ends it.
    let back = all(&app, "rollBackAgent").await;
    assert_eq!(back["trial"], Value::Null, "{back}");
    assert_eq!(back["module"], shown["module"]);
    assert!(obliged(&channel).await.is_empty());

    try_out(&app, &oblige, 1).await;
    let adopted = all(&app, "adoptAgentModule").await;
    assert_eq!(
        (&adopted["module"]["digest"], &adopted["trial"]),
        (&json!(oblige), &Value::Null)
    );
    assert_eq!(obliged(&channel).await.len(), PEOPLE);
    let back = all(&app, "rollBackAgent").await;
    assert_eq!(back["module"], shown["module"]);
    assert_eq!(back["versions"].as_array().unwrap().len(), 2, "{back}");
    assert!(obliged(&channel).await.is_empty());

    let told = "SELECT action, count(*) FROM audit
        WHERE action IN ('tryAgentModule', 'adoptAgentModule', 'rollBackAgent') GROUP BY action ORDER BY action";
    let told = app.database().rows(told, &[]).await;
    let told: Vec<(String, i64)> = told.iter().map(|row| (row.get(0), row.get(1))).collect();
    let expected = [
        ("adoptAgentModule", 1),
        ("rollBackAgent", 2),
        ("tryAgentModule", 3),
    ];
    assert_eq!(
        told,
        expected.map(|(action, count)| (action.to_owned(), count))
    );
    app.finish().await;
}

#[tokio::test]
async fn a_turn_goes_on_with_the_module_that_it_was_begun_on() {
    let (app, _callback, channel, oblige) = house().await;
    try_out(&app, &oblige, 99).await;
    let person = on_side(&channel, true).await;
    let later = tests::channel::message(&person, "later");
    let (_, ()) = tokio::join!(channel.send(&later), upgraded_meanwhile(&app));
    // `echo` would have said it again.
    let last = newest(&app).await;
    assert_eq!(last, ("failed".to_owned(), oblige.clone()));
    // What comes next does not go on with it.
    let said = channel.say(&person, ASKED).await;
    assert_eq!(said, [ASKED]);

    let query = format!("{{ agent(name: \"echo\") {{ {SHOWN} }} }}");
    let shown = changed(&app, &query, json!({})).await;
    let versions = shown["versions"].as_array().unwrap();
    assert_eq!(
        (&versions[1]["module"]["digest"], &versions[1]["failed"]),
        (&json!(oblige), &json!(1))
    );
    app.finish().await;
}

/// Rolls back while a turn waits to be tried again, and then has it tried for the last time.
async fn upgraded_meanwhile(app: &App) {
    let waits = "SELECT count(*) FROM turns WHERE status = 'queued' AND attempts > 0 AND module_digest IS NOT NULL";
    let waits = async || (app.database().count(waits).await == 1).then_some(());
    tests::wait_for(
        tests::wait::LONG,
        "the turn to wait for its second try",
        waits,
    )
    .await;

    let back = all(app, "rollBackAgent").await;
    assert_eq!(back["trial"], Value::Null);
    let hurry = "UPDATE turns SET attempts = 5, ready_at = now() WHERE status = 'queued'";
    app.database().rows(hurry, &[]).await;
    let over = "SELECT count(*) FROM turns WHERE status = 'queued'";
    let over = async || (app.database().count(over).await == 0).then_some(());
    tests::wait_for(tests::wait::LONG, "the turn to be over", over).await;
}

#[tokio::test]
async fn a_trial_takes_no_statement_more() {
    let (app, _callback, channel, oblige) = house().await;
    let fewest = async |person: &str| {
        let say = async || drop(channel.say(person, ASKED).await);
        // The first ones read what is known afterwards.
        say().await;
        app.fewest_statements(say).await
    };
    let before = fewest("U0").await;
    try_out(&app, &oblige, 50).await;
    for is_tried in [true, false] {
        let person = on_side(&channel, is_tried).await;
        let during = fewest(&person).await;
        assert!(during <= before, "{is_tried}: {during} and {before}");
    }
    app.finish().await;
}

#[tokio::test]
async fn one_module_is_tried_at_a_time_and_no_conversation_is_let_go() {
    let (app, _callback, _channel, oblige) = house().await;
    app.owner().pushed("third", guest("counter")).await;
    let counter = "SELECT encode(module_digest, 'hex') FROM agents WHERE name = 'third'";
    let counter: String = app.database().rows(counter, &[]).await[0].get(0);
    try_out(&app, &oblige, 20).await;
    let query = "mutation($input: TryAgentModuleInput!) { tryAgentModule(input: $input) { id } }";
    for (module, share, why) in [
        (&counter, 20, "tries module"),
        (&oblige, 19, "20 of a hundred conversations already"),
    ] {
        let input = json!({ "agent": "echo", "module": module, "share": share });
        let answer = app.owner().graphql(query, json!({ "input": input })).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "conflict", "{answer}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(why) && message.contains("`rollBackAgent`"),
            "{message}"
        );
    }
    // The same share again changes nothing of it.
    let same = try_out(&app, &oblige, 20).await;
    assert_eq!(same["trial"]["share"], 20, "{same}");

    // Whatever an agent is pointed at ends its trial.
    app.owner().pushed("echo", guest("counter")).await;
    let query = format!("{{ agent(name: \"echo\") {{ {SHOWN} }} }}");
    let shown = changed(&app, &query, json!({})).await;
    assert_eq!(
        (&shown["module"]["digest"], &shown["trial"]),
        (&json!(counter), &Value::Null)
    );
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused_in_words() {
    let (app, _callback, _channel, oblige) = house().await;
    let query = "mutation($input: TryAgentModuleInput!) { tryAgentModule(input: $input) { id } }";
    let echo = "SELECT encode(module_digest, 'hex') FROM agents WHERE name = 'echo' LIMIT 1";
    let echo: String = app.database().rows(echo, &[]).await[0].get(0);
    // A module of another organization is none of ours.
    let elsewhere = Home::elsewhere(&app).await.organization;
    let theirs = format!(
        "INSERT INTO modules (organization_id, digest, component, uploaded_size, inspection)
         SELECT '{elsewhere}', decode(repeat('e7', 32), 'hex'), component, uploaded_size, inspection FROM modules LIMIT 1"
    );
    app.database().rows(&theirs, &[]).await;
    let cases = [
        (json!({ "agent": "echo", "share": 10 }), "invalid"),
        (
            json!({ "agent": "echo", "share": 0, "module": oblige }),
            "invalid",
        ),
        (
            json!({ "agent": "echo", "share": 100, "module": oblige }),
            "invalid",
        ),
        (
            json!({ "agent": "echo", "share": 10, "module": echo }),
            "conflict",
        ),
        (
            json!({ "agent": "echo", "share": 10, "module": "0".repeat(64) }),
            "not_found",
        ),
        (
            json!({ "agent": "echo", "share": 10, "module": "e7".repeat(32) }),
            "not_found",
        ),
        (
            json!({ "agent": "echo", "share": 10, "module": "me" }),
            "invalid",
        ),
        (
            json!({ "agent": "nobody", "share": 10, "module": oblige }),
            "not_found",
        ),
    ];
    for (input, code) in cases {
        let told = input.to_string();
        let answer = app.owner().graphql(query, json!({ "input": input })).await;
        let found = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(found, code, "{told}: {answer}");
    }
    // What is no module, or nobody can talk to.
    let input = json!({ "agent": "echo", "share": 10, "file": null });
    let handy = guest("handy");
    for (file, code) in [
        (b"#!/bin/sh".as_slice(), "not_wasm"),
        (handy.as_slice(), "invalid"),
    ] {
        let answer = ask(&app, query, input.clone(), Some(file)).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
    }
    let tried = "SELECT count(*) FROM agents WHERE trial_digest IS NOT NULL";
    assert_eq!(app.database().count(tried).await, 0);
    let adopt = "mutation { adoptAgentModule(id: \"echo\") { id } }";
    let answer = app.owner().graphql(adopt, json!({})).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "conflict",
        "{answer}"
    );
    let days = "{ agent(name: \"echo\") { versions(days: 32) { turns } } }";
    let answer = app.owner().graphql(days, json!({})).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "invalid",
        "{answer}"
    );
    app.finish().await;
}
