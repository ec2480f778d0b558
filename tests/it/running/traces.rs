//! Traces, for an operator who has a collector.

use std::time::Duration;

use serde_json::json;
use tests::app::Builder;
use tests::channel::message;
use tests::fakes::collector::{Behaviour, Collector, Span};
use tests::process::Ended;
use tests::wait::{LONG, wait_for};
use tests::{App, ports};
use tokio::time::Instant;

/// What no collector may hear.
const WORDS: &str = "Rumpelstilzchen";
const CALLER: &str = "0af7651916cd43dd8448eb211c80319c";

fn told(collector: &Collector) -> Builder {
    App::build().set("CLOISTER_OTLP_URL", collector.url())
}

/// How often the host has told that its collector takes nothing.
fn complaints(app: &mut App) -> usize {
    app.process().said().matches("takes no traces").count()
}

#[tokio::test]
async fn a_message_is_one_trace_from_its_request_over_its_turn_to_its_delivery() {
    let collector = Collector::start().await;
    // Whoever asks waits less long than the agent takes, so that the reply is delivered.
    let app = told(&collector).set("CLOISTER_TURN_WAIT", "0.05");
    let (app, callback, channel) = crate::serving_with(app, "oblige").await;
    let asked = app
        .http()
        .post(format!("{}?secret={WORDS}", channel.url()))
        .bearer_auth(&channel.key)
        .header("traceparent", format!("00-{CALLER}-b7ad6b7169203331-01"))
        .json(&json!({ "externalUserId": WORDS, "message": "compute 500" }));
    assert!(asked.send().await.unwrap().status().is_success());
    assert_eq!(callback.wait_for(1).await[0].text(), "Computed.");
    channel.say("U1", &format!("say {WORDS}")).await;

    let delivery = collector
        .wait_for("a delivery", |span| {
            span.name == "delivery" && span.trace == CALLER
        })
        .await;
    let all = collector.spans();
    let of = |name: &str, parent: &Span| {
        let is_it = |span: &&Span| {
            span.name == name && span.parent == parent.id && span.trace == parent.trace
        };
        let found = all.iter().find(is_it);
        found.unwrap_or_else(|| panic!("no {name} in {all:#?}"))
    };
    let request = all.iter().find(|span| span.parent == "b7ad6b7169203331");
    let request = request.unwrap_or_else(|| panic!("no request in {all:#?}"));
    assert_eq!(request.trace, CALLER);
    assert_eq!(request.name, "POST /api/channels/{id}/inbound");
    for (name, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/api/channels/{id}/inbound"),
        ("http.response.status_code", "200"),
    ] {
        assert_eq!(request.get(name), value, "{request:#?}");
    }
    for (name, value) in [
        ("service.name", "cloister"),
        ("service.version", env!("CARGO_PKG_VERSION")),
    ] {
        assert_eq!(request.resource[name], value);
    }
    assert!(request.resource["service.instance.id"].starts_with("hst_"));

    let turn = of("turn", request);
    assert_eq!(turn.get("cloister.turn.outcome"), "done", "{turn:#?}");
    assert!(!turn.is_error);
    let rows = "SELECT t.id::text, t.conversation_id::text, t.agent_id::text, a.project_id::text \
        FROM turns t JOIN agents a ON a.id = t.agent_id ORDER BY t.id LIMIT 1";
    let rows = app.database().rows(rows, &[]).await;
    for (column, name) in ["turn", "conversation", "agent", "project"]
        .iter()
        .enumerate()
    {
        let id = turn.get(&format!("cloister.{name}.id"));
        assert_eq!(id, rows[0].get::<_, &str>(column), "{name}");
    }
    let seconds = |name: &str| turn.get(name).parse::<f64>().unwrap();
    assert!(seconds("cloister.turn.queue_seconds") < 60.0);
    assert!(seconds("cloister.turn.guest_seconds") >= 0.4);
    let sandbox = of("sandbox", turn);
    assert!(!sandbox.get("cloister.guest.memory_bytes").is_empty());
    assert_eq!(of("commit", turn).get("cloister.commit.outcome"), "done");
    assert_eq!(delivery.parent, turn.id);
    for (name, value) in [
        ("cloister.channel.kind", "webhook"),
        ("cloister.outcome", "delivered"),
        ("cloister.delivery.attempt", "1"),
        ("http.response.status_code", "200"),
    ] {
        assert_eq!(delivery.get(name), value, "{delivery:#?}");
    }
    app.finish().await;
    for secret in [WORDS, "Computed", "compute", &channel.key] {
        assert!(!collector.has_heard(secret), "{secret}");
    }
}

#[tokio::test]
async fn what_is_left_is_sent_before_the_end() {
    let collector = Collector::start().await;
    let (app, _callback, channel) = crate::serving_with(told(&collector), "echo").await;
    channel.say("U1", "hello").await;
    app.finish().await;
    let spans = collector.spans();
    let turns = spans.iter().filter(|span| span.name == "turn");
    assert_eq!(turns.count(), 1, "{spans:#?}");
}

#[tokio::test]
async fn a_turn_that_fails_says_why_in_one_word() {
    let collector = Collector::start().await;
    let (app, _callback, channel) = crate::serving_with(told(&collector), "misbehave").await;
    channel.send(&message("U1", "panic")).await;
    let turn = collector
        .wait_for("a turn", |span| span.name == "turn")
        .await;
    assert!(turn.is_error, "{turn:#?}");
    assert_eq!(turn.get("cloister.turn.outcome"), "failed");
    assert_eq!(turn.get("error.type"), "trap");
    app.finish().await;
}

#[tokio::test]
async fn a_collector_that_hangs_or_is_gone_costs_no_turn_and_is_told_of_once() {
    let hanging = Collector::start().await;
    hanging.always(Behaviour::Hang);
    let gone = format!("http://127.0.0.1:{}", ports::free());
    for url in [hanging.url(), gone] {
        let app = App::build().set("CLOISTER_OTLP_URL", url);
        let (mut app, _callback, channel) = crate::serving_with(app, "echo").await;
        let began = Instant::now();
        for _ in 0..20 {
            channel.say("U1", "hello").await;
        }
        assert!(began.elapsed() < Duration::from_secs(20));
        wait_for(LONG, "the host to tell", async || {
            (complaints(&mut app) > 0).then_some(())
        })
        .await;
        channel.say("U1", "and on").await;
        let asked = Instant::now();
        assert_eq!(app.terminate().await, Ended::Code(0));
        assert!(asked.elapsed() < Duration::from_secs(10));
        assert_eq!(complaints(&mut app), 1);
    }
}

#[tokio::test]
async fn a_collector_that_refuses_is_told_of_once_and_again_when_it_takes_them() {
    let collector = Collector::start().await;
    collector.always(Behaviour::Status(503));
    let (mut app, _callback, channel) = crate::serving_with(told(&collector), "echo").await;
    wait_for(LONG, "three batches", async || {
        channel.say("U1", "hello").await;
        (collector.requests() >= 3).then_some(())
    })
    .await;
    assert_eq!(complaints(&mut app), 1);
    collector.always(Behaviour::Take);
    wait_for(LONG, "the host to tell", async || {
        channel.say("U1", "hello").await;
        let said = app.process().said();
        said.contains("takes traces again").then_some(())
    })
    .await;
    app.finish().await;
}

#[tokio::test]
async fn without_a_collector_nobody_is_asked() {
    let (mut app, _callback, channel) = crate::serving("echo").await;
    channel.say("U1", "hello").await;
    assert_eq!(complaints(&mut app), 0);
    app.finish().await;
}

#[tokio::test]
async fn an_exporter_that_we_did_not_write_gets_on_with_the_fake() {
    let collector = Collector::start().await;
    let program = tests::python::program("python");
    let script = tests::place::checkout().join("tests/python/otlp_export.py");
    let ran = tokio::process::Command::new(program)
        .arg(script)
        .arg(collector.url())
        .kill_on_drop(true)
        .output();
    let ran = tokio::time::timeout(LONG.0, ran).await.unwrap();
    let ran = ran.expect("it runs");
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{complained}");
    let spans = collector.spans();
    let [inner, outer] = &spans[..] else {
        panic!("{spans:#?}");
    };
    assert_eq!((outer.name.as_str(), outer.parent.as_str()), ("outer", ""));
    assert_eq!((outer.get("number"), outer.get("word")), ("7", "yes"));
    assert_eq!((inner.name.as_str(), &inner.parent), ("inner", &outer.id));
    assert_eq!(inner.trace, outer.trace);
    assert_eq!(outer.resource["service.name"], "peer");
}
