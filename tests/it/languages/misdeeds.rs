//! What goes wrong in an agent with a language's runtime in it is its own failure, is told, and hurts no other.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::App;
use tests::languages::Language;
use tests::owner::Owner;

use super::{log, oblige, patient, say, serving};

#[tokio::test]
async fn python_fails_alone() {
    fail_alone(Language::Python).await;
}

#[tokio::test]
async fn javascript_fails_alone() {
    fail_alone(Language::Js).await;
}

async fn fail_alone(language: Language) {
    let is_python = language == Language::Python;
    let app = patient().set("CLOISTER_TURN_WAIT", "60");
    let (app, callback, channel) = serving(app, &oblige(language), &[]).await;
    let owner = app.owner();
    owner.pushed("echo", crate::guest("echo")).await;
    let echo = owner.channel("echo", &callback.url()).await;

    // More than a small agent may have, and less than one with a runtime.
    assert_eq!(say(&channel, "hold 100").await, (100 << 20).to_string());
    // Memory until there is none: others go on meanwhile.
    let growing = async {
        say(&channel, "grow").await;
        ended(&app).await
    };
    let beside = async {
        let mut slowest = Duration::ZERO;
        for number in 0..20 {
            let began = Instant::now();
            assert_eq!(
                say(&echo, &format!("still {number}")).await,
                format!("still {number}")
            );
            slowest = slowest.max(began.elapsed());
        }
        slowest
    };
    let (ending, slowest) = tokio::join!(growing, beside);
    let limit = 3 * (64 << 20);
    assert!(ending.memory <= limit, "{ending:?}");
    assert!(ending.memory > limit / 2, "{ending:?}");
    assert!(ending.outcome.contains("memory"), "{ending:?}");
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    // The next turn has all of it again.
    assert_eq!(say(&channel, "hold 100").await, (100 << 20).to_string());

    // A mistake is told with its place, and is no answer.
    let apology = say(&channel, "divide 0").await;
    assert!(!apology.to_lowercase().contains("division"), "{apology}");
    let (name, place) = match is_python {
        true => ("ZeroDivisionError", "in divide"),
        false => ("RangeError", "divide@"),
    };
    let is_told = async || {
        let told = log(&app).await;
        (told.contains(name) && told.contains(place)).then_some(())
    };
    tests::wait_for(tests::wait::LONG, "the mistake in the log", is_told).await;
    assert!(ended(&app).await.outcome.contains(name));
    // An orderly failure keeps its words, and undoes what was done.
    say(&channel, "half_done").await;
    assert!(
        ended(&app)
            .await
            .outcome
            .contains("only half of it is done")
    );
    let forgotten = say(&channel, "forget half").await;
    assert_eq!(forgotten.to_lowercase(), "false");
    // Calls without end.
    say(&channel, "recurse").await;
    let ending = ended(&app).await;
    assert!(
        ending.outcome.to_lowercase().contains("recursion"),
        "{ending:?}"
    );
    // A loop without end.
    limit_time(&owner).await;
    say(&channel, "spin").await;
    assert!(ended(&app).await.outcome.contains("deadline"));
    assert_eq!(say(&channel, "well?").await, "well?");
    assert_eq!(say(&echo, "and you?").await, "and you?");
    app.finish().await;
}

/// What the last turn of the agent came to.
#[derive(Debug)]
struct Ending {
    outcome: String,
    memory: i64,
}

async fn ended(app: &App) -> Ending {
    let query = "SELECT coalesce(t.error_code, '') || ' ' || coalesce(t.error, ''), coalesce(t.memory_peak, 0) FROM turns t \
        JOIN agents a ON a.organization_id = t.organization_id AND a.id = t.agent_id \
        WHERE a.name = 'abroad' ORDER BY t.queued_at DESC, t.position DESC LIMIT 1";
    let rows = app.database().rows(query, &[]).await;
    Ending {
        outcome: rows[0].get(0),
        memory: rows[0].get(1),
    }
}

/// A second of the agent's own time for each turn.
async fn limit_time(owner: &Owner) {
    let query = "mutation($limits: Json) { updateAgent(id: \"abroad\", input: { limits: $limits }) { id } }";
    let limits = json!({ "limits": { "guest_time_ms": 1000 } });
    let answer = owner.graphql(query, limits).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
}
