//! Upgrades: a new module answers in a share of an agent's conversations, then in all, or in none any more.

mod command;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{App, Callback, Channel};

use crate::replays::{ask, statements};
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
    // Of the agent's conversations one in a hundred is on the other side.
    let mut person = 0;
    while channel.say(&format!("U{person}"), ASKED).await == [ASKED] {
        person += 1;
    }
    let later = tests::channel::message(&format!("U{person}"), "later");
    let (_, ()) = tokio::join!(channel.send(&later), upgraded_meanwhile(&app));
    // `echo` would have said it again.
    let last =
        "SELECT status, encode(module_digest, 'hex') FROM turns ORDER BY queued_at DESC LIMIT 1";
    let last = app.database().rows(last, &[]).await;
    let last: (String, String) = (last[0].get(0), last[0].get(1));
    assert_eq!(last, ("failed".to_owned(), oblige.clone()));
    // What comes next does not go on with it.
    let said = channel.say(&format!("U{person}"), ASKED).await;
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
    let mut each = Vec::new();
    for is_tried in [false, true] {
        if is_tried {
            try_out(&app, &oblige, 50).await;
        }
        obliged(&channel).await;
        let before = statements(&app).await;
        obliged(&channel).await;
        each.push((statements(&app).await - before) / PEOPLE as f64);
    }
    // What the host does beside its turns is in both.
    assert!(each[1] <= each[0] + 0.3, "{each:?}");
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused_in_words() {
    let (app, _callback, _channel, oblige) = house().await;
    let query = "mutation($input: TryAgentModuleInput!) { tryAgentModule(input: $input) { id } }";
    let echo = "SELECT encode(module_digest, 'hex') FROM agents WHERE name = 'echo' LIMIT 1";
    let echo: String = app.database().rows(echo, &[]).await[0].get(0);
    let toolset = "SELECT encode(digest, 'hex') FROM modules WHERE inspection #>> '{exports,handler}' = 'false' LIMIT 1";
    let toolset = app.database().rows(toolset, &[]).await;
    let mut cases = vec![
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
            json!({ "agent": "nobody", "share": 10, "module": oblige }),
            "not_found",
        ),
    ];
    if let Some(toolset) = toolset.first() {
        let digest: String = toolset.get(0);
        let input = json!({ "agent": "echo", "share": 10, "module": digest });
        cases.push((input, "invalid"));
    }
    for (input, code) in cases {
        let told = input.to_string();
        let answer = app.owner().graphql(query, json!({ "input": input })).await;
        let found = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(found, code, "{told}: {answer}");
    }
    // One that is no module is not kept, and changes nothing.
    let input = json!({ "agent": "echo", "share": 10, "file": null });
    let answer = ask(&app, query, input, Some(b"#!/bin/sh")).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "not_wasm",
        "{answer}"
    );
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
