//! Providers that are busy, slow, broken or not there: each is a typed problem that the agent hears and its owner sees.

use std::time::Duration;

use serde_json::{Value, json};
use tests::App;
use tests::fakes::openai::Act;

use super::{Asking, grant};

fn status(status: u16) -> Act {
    let error = json!({ "error": { "message": "as the test wants it, not sk-hunter2" } });
    Act::Status(status, None, error.to_string())
}

#[tokio::test]
async fn a_provider_that_is_busy_is_asked_again() {
    let asking = Asking::start().await;
    for (before, text) in [
        (
            vec![Act::Status(429, Some("0"), String::new())],
            "ask once more",
        ),
        (
            vec![status(500), status(503), status(529)],
            "ask thrice more",
        ),
        (vec![status(502)], "stream again"),
    ] {
        let (times, tries) = (asking.openai.times(), before.len() + 1);
        asking.openai.next(before);
        let answer = asking.say(text).await;
        assert!(answer.contains(text.split_once(' ').unwrap().1), "{answer}");
        assert_eq!(asking.openai.times() - times, tries, "{text}");
    }
    asking.app.finish().await;
}

#[tokio::test]
async fn one_that_stays_so_is_given_up_with_its_status() {
    let asking = Asking::start().await;
    asking.openai.next([(); 4].map(|()| status(500)));
    let answer = asking.say("ask").await;
    assert!(
        answer.starts_with("Failed 500: 127.0.0.1 failed with status 500"),
        "{answer}"
    );
    assert!(answer.contains("as the test wants it, not …"), "{answer}");
    assert_eq!(asking.openai.times(), 4);

    asking.openai.next([(); 4].map(|()| status(429)));
    assert!(asking.say("ask").await.starts_with("RateLimited 429: "));
    // It wants to be left alone for longer than a turn may wait.
    let times = asking.openai.times();
    asking
        .openai
        .next([Act::Status(429, Some("3600"), String::new())]);
    assert!(asking.say("stream").await.starts_with("RateLimited 429: "));
    assert_eq!(asking.openai.times() - times, 1);
    asking.app.finish().await;
}

#[tokio::test]
async fn what_asking_again_does_not_help_is_asked_once() {
    let asking = Asking::start().await;
    for (act, how, told) in [
        (
            status(400),
            "ask",
            "Failed 400: 127.0.0.1 refused with status 400",
        ),
        (
            status(401),
            "stream",
            "Failed 401: 127.0.0.1 does not accept the provider's key",
        ),
        (
            Act::Cut("half".to_owned()),
            "ask",
            "Cut 0: The answer of 127.0.0.1 broke off",
        ),
        (
            Act::Cut("half".to_owned()),
            "stream",
            "Cut 0: The answer of 127.0.0.1 broke off",
        ),
        (
            Act::Raw("<html>".to_owned()),
            "ask",
            "Malformed 0: What 127.0.0.1 answered cannot be read",
        ),
        (
            Act::Raw("{}".to_owned()),
            "ask",
            "Malformed 0: What 127.0.0.1 answered cannot be read",
        ),
        (
            Act::Raw("data: {\n\n".to_owned()),
            "stream",
            "Malformed 0: What 127.0.0.1 answered cannot be read",
        ),
        (
            Act::Raw(String::new()),
            "stream",
            "Cut 0: The answer of 127.0.0.1 broke off: it came to no end",
        ),
        (
            Act::Fail("overloaded".to_owned()),
            "stream",
            "Failed 0: 127.0.0.1 failed while it answered: overloaded",
        ),
        (
            Act::Raw(format!("{{{}", " ".repeat(5 << 20))),
            "ask",
            "Cut 0: The answer of 127.0.0.1 broke off",
        ),
    ] {
        let times = asking.openai.times();
        asking.openai.next([act]);
        let answer = asking.say(how).await;
        assert!(answer.starts_with(told), "{told}: {answer}");
        assert_eq!(asking.openai.times() - times, 1, "{told}");
    }
    // The owner sees what was wrong, whatever the agent made of it.
    let (_, log) = asking
        .app
        .owner()
        .send(reqwest::Method::GET, "/api/agents/oblige/log", None)
        .await;
    let log = log.to_string();
    assert!(log.contains("does not accept the provider's key"), "{log}");
    assert!(!log.contains("hunter2"), "{log}");
    // Nothing was paid for.
    let database = asking.app.database();
    assert_eq!(database.count("SELECT count(*) FROM journal").await, 0);
    asking.app.finish().await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_a_problem_and_not_the_end_of_the_turn() {
    let app = App::build().set("CLOISTER_MODEL_SECONDS", "0.3");
    let asking = Asking::of(app).await;
    let late = || Act::Slow(Duration::from_secs(20), "late".to_owned());
    asking.openai.next([late(), late()]);
    for how in ["ask", "stream"] {
        let answer = asking.say(how).await;
        assert!(
            answer.starts_with("TimedOut 0: 127.0.0.1 did not answer in time"),
            "{answer}"
        );
    }
    asking
        .openai
        .next([Act::Drip(Duration::from_millis(200), "a b c d".to_owned())]);
    assert!(asking.say("stream").await.starts_with("TimedOut 0: "));
    assert_eq!(asking.openai.times(), 3);

    // An owner may let an agent wait less, in all that it asks during a turn.
    let lower = "mutation { updateAgent(id: \"oblige\", input: { limits: { model_time_ms: 100 } }) { id } }";
    let answer = asking.app.owner().graphql(lower, json!({})).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    asking.openai.next([late()]);
    assert!(asking.say("ask").await.starts_with("TimedOut 0: "));
    asking.app.finish().await;
}

#[tokio::test]
async fn one_that_is_not_there_cannot_be_reached() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", nobody.local_addr().unwrap());
    drop(nobody);
    let app = App::build()
        .set("CLOISTER_MODEL_URL", url)
        .set("CLOISTER_MODEL_NAME", "some-model")
        .set("CLOISTER_MODEL_RETRY_SECONDS", "0.05");
    let (app, _callback, channel) = crate::serving_with(app, "oblige").await;
    grant(&app.owner(), "oblige", json!({})).await;
    for how in ["ask", "stream"] {
        let answer = channel.say("U1", how).await.concat();
        assert!(
            answer.starts_with("Unavailable 0: 127.0.0.1 cannot be reached"),
            "{answer}"
        );
    }
    let told = "The model did not answer. 127.0.0.1 cannot be reached";
    let lines = format!("SELECT count(*) FROM agent_log WHERE message LIKE '{told}%'");
    let logged = async || (app.database().count(&lines).await == 2).then_some(());
    tests::wait_for(tests::wait::LONG, told, logged).await;
    app.finish().await;
}

#[tokio::test]
async fn who_has_no_model_is_told_what_to_do() {
    let (app, _callback, channel) = crate::serving("oblige").await;
    let denied = channel.say("U1", "ask").await.concat();
    assert!(
        denied.starts_with("Denied 0: The owner has not granted this agent `model`"),
        "{denied}"
    );
    grant(&app.owner(), "oblige", json!({})).await;
    for how in ["ask", "stream"] {
        let answer = channel.say("U1", how).await.concat();
        assert!(
            answer.starts_with("NotConfigured 0: There is no language model to ask yet"),
            "{answer}"
        );
        assert!(answer.contains("CLOISTER_MODEL_URL"), "{answer}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_may_be_used_a_day_is_bounded_for_agents_and_projects() {
    let app = App::build()
        .set("CLOISTER_MODEL_AGENT_TOKENS", "30")
        .set("CLOISTER_MODEL_PROJECT_TOKENS", "40");
    let asking = Asking::of(app).await;
    let owner = asking.app.owner();
    for _ in 0..3 {
        assert_eq!(asking.say("ask one two three").await, "one two three");
    }
    let told = asking.say("ask once more").await;
    assert!(
        told.starts_with("Limit 0: This agent has used its 30 tokens of today"),
        "{told}"
    );
    assert_eq!(asking.openai.times(), 3);

    // Another agent of the project has what is left of the project's.
    owner.pushed("other", crate::guest("oblige")).await;
    grant(&owner, "other", json!({})).await;
    let other = owner.channel("other", &asking.callback.url()).await;
    assert_eq!(
        other.say("U2", "ask one two three").await,
        ["one two three"]
    );
    let told = other.say("U2", "ask once more").await.concat();
    assert!(
        told.starts_with("Limit 0: This project has used its 40 tokens of today"),
        "{told}"
    );

    // Its owner may give an agent less.
    grant(&owner, "other", json!({ "tokensPerDay": 1 })).await;
    let told = other.say("U2", "ask").await.concat();
    assert!(
        told.starts_with("Limit 0: This agent has used its 1 tokens of today"),
        "{told}"
    );
    asking.app.finish().await;
}
