//! Guests that misbehave: each is refused or stopped with its own code, its contact gets an apology, and an echo beside it
//! is answered as ever.

use corpus::{Fate, MADE, MISDEEDS};
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{App, Channel};

const APOLOGY: &str = "Sorry, something went wrong here. Please try again in a moment.";

/// An echo, and that it is answered while something else happens.
async fn beside(echo: &Channel) {
    for number in 0..20 {
        let text = format!("echo {number}");
        assert_eq!(echo.say("calm", &text).await, [text]);
    }
}

#[tokio::test]
async fn what_cannot_run_is_refused_when_it_is_uploaded() {
    let (app, _callback, echo) = crate::serving("echo").await;
    let owner = app.owner();
    for made in MADE {
        let word = match made.fate {
            Fate::Refused(word) => word,
            Fate::DoesNotCompile => "nests 60000 blocks",
            Fate::Stopped(_) | Fate::Answers(_) => continue,
        };
        let module = (made.bytes)().unwrap();
        let begun = tokio::time::Instant::now();
        let (answer, ()) = tokio::join!(owner.push("rogue", module), beside(&echo));

        assert_eq!(
            answer.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            made.name
        );
        let body: Value = answer.json().await.unwrap();
        println!("{} after {:?}: {body}", made.name, begun.elapsed());
        assert!(
            body["error"].as_str().unwrap().contains(word),
            "{}: {body}",
            made.name
        );
        assert!(
            !body["code"].as_str().unwrap().is_empty(),
            "{}: {body}",
            made.name
        );
    }
    // Nothing of it was kept.
    let (status, _) = owner
        .send(reqwest::Method::GET, "/api/agents/rogue", None)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    app.finish().await;
}

#[tokio::test]
async fn what_misbehaves_is_stopped_with_its_own_code() {
    let (app, callback, echo) = crate::serving("echo").await;
    // Its owner allows it little, so that the test need not last as long as a turn may.
    let channel = agent(
        &app,
        "misbehave",
        "misbehave",
        &callback.url(),
        json!({ "guest_time_ms": 2_000 }),
    )
    .await;
    let tight = agent(
        &app,
        "hurried",
        "misbehave",
        &callback.url(),
        json!({ "host_time_ms": 20 }),
    )
    .await;

    let misdeeds = MISDEEDS.iter().map(async |(misdeed, fate)| {
        let channel = if *misdeed == "host_call_loop" {
            &tight
        } else {
            &channel
        };
        let (_, told) = outcome(*fate);
        assert_eq!(channel.say(misdeed, misdeed).await, [told], "{misdeed}");
    });
    tokio::join!(join_all(misdeeds), beside(&echo));

    for (misdeed, fate) in MISDEEDS {
        let turn = &turns_of(&app, misdeed).await[0];
        let (code, told) = outcome(*fate);
        assert_eq!(turn["errorCode"], json!(code), "{misdeed}: {turn}");
        assert_eq!(
            turn["status"],
            if code.is_some() { "FAILED" } else { "DONE" },
            "{misdeed}: {turn}"
        );
        assert_eq!(
            turn["replies"],
            json!([{ "text": told }]),
            "{misdeed}: {turn}"
        );
    }
    // The owner reads where it happened.
    let panic = &turns_of(&app, "panic").await[0];
    assert!(
        panic["error"].as_str().unwrap().contains("panics_by_name"),
        "{panic}"
    );
    // A turn that failed left nothing behind.
    assert_eq!(app.database().count("SELECT count(*) FROM state").await, 0);
    assert_eq!(
        app.database()
            .count("SELECT count(*) FROM agent_log WHERE message LIKE 'flood%'")
            .await,
        1_000
    );
    assert!(callback.received().is_empty());
    assert_eq!(channel.say("reformed", "good again").await, ["good again"]);
    app.finish().await;
}

#[tokio::test]
async fn a_table_grows_no_further_than_it_may() {
    let (app, callback, echo) = crate::serving("echo").await;
    let (name, bytes) = MADE
        .iter()
        .find_map(|made| {
            matches!(made.fate, Fate::Stopped("table_limit")).then_some((made.name, made.bytes))
        })
        .unwrap();
    app.owner().pushed(name, bytes().unwrap()).await;
    let channel = app.owner().channel(name, &callback.url()).await;

    let (replies, ()) = tokio::join!(channel.say("U1", "grow"), beside(&echo));

    assert_eq!(replies, [APOLOGY]);
    assert_eq!(
        app.database().turns(name).await[0].error_code.as_deref(),
        Some("table_limit")
    );
    app.finish().await;
}

/// The code that the owner sees, and what the contact is told.
fn outcome(fate: Fate) -> (Option<&'static str>, &'static str) {
    match fate {
        Fate::Stopped(code) => (Some(code), APOLOGY),
        Fate::Answers(text) => (None, text),
        Fate::Refused(_) | Fate::DoesNotCompile => {
            unreachable!("a misdeed is done by a guest that runs")
        }
    }
}

/// An agent with a guest and limits of its own, behind a channel.
async fn agent(app: &App, name: &str, guest: &str, callback: &str, limits: Value) -> Channel {
    app.owner().pushed(name, crate::guest(guest)).await;
    let lower = "mutation($id: ID!, $limits: Json!) { updateAgent(id: $id, input: { limits: $limits }) { limits } }";
    let answer = app
        .owner()
        .graphql(lower, json!({ "id": name, "limits": limits }))
        .await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    app.owner().channel(name, callback).await
}

/// The turns that a misdeed started, as the owner sees them.
async fn turns_of(app: &App, misdeed: &str) -> Vec<Value> {
    let query = "query($agent: String!) { turns(agent: $agent, first: 100) { nodes { status errorCode error messageId replies { text } } } }";
    let agent = if misdeed == "host_call_loop" {
        "hurried"
    } else {
        "misbehave"
    };
    let answer = app.owner().graphql(query, json!({ "agent": agent })).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    let said = app
        .database()
        .rows(
            "SELECT 'msg_' || replace(id::text, '-', '') FROM messages WHERE text = $1",
            &[&misdeed],
        )
        .await;
    let message: &str = said[0].get(0);
    let turns = answer["data"]["turns"]["nodes"].as_array().unwrap().iter();
    turns
        .filter(|turn| turn["messageId"] == message)
        .cloned()
        .collect()
}
