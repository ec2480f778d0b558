//! Spans: what takes how long, for an operator who collects traces. A span has ids, fixed words, names that owners chose and
//! numbers; never a text, an address beyond its host, or a key. They are made where something begins, whoever listens: without
//! a collector (see [`export`]) each is one look at a flag. They are no part of the log, and the log is no part of them.

pub mod export;
mod kept;
pub mod request;

use std::fmt::Display;
use std::time::Duration;

use sandbox::Run;
use store::deliveries::{Attempt, TakenDelivery};
use store::ids::AgentId;
use store::turns::LoadedTurn;
use tracing::field::Empty;
use tracing::{Span, info_span};

pub use self::kept::Kept;

/// What the subscribers tell them from log lines by.
pub(crate) const TARGET: &str = "cloister::spans";

/// A turn, from when it is run until it is committed, given back or lost.
pub fn turn(turn: &LoadedTurn, agent: AgentId) -> Span {
    info_span!(
        target: TARGET,
        parent: None,
        "turn",
        otel.kind = "consumer",
        cloister.organization.id = %turn.organization_id,
        cloister.project.id = Empty,
        cloister.agent.id = %agent,
        cloister.channel.kind = turn.channel_kind,
        cloister.conversation.id = %turn.conversation_id,
        cloister.turn.id = %turn.turn_id,
        cloister.turn.attempt = turn.attempts,
        cloister.turn.queue_seconds = Empty,
        cloister.turn.guest_seconds = Empty,
        cloister.turn.outcome = Empty,
        otel.status_code = Empty,
        error.type = Empty,
    )
}

/// The run of a turn's agent in its sandbox.
pub fn sandbox() -> Span {
    info_span!(
        target: TARGET,
        "sandbox",
        cloister.guest.seconds = Empty,
        cloister.guest.host_calls = Empty,
        cloister.guest.memory_bytes = Empty,
        otel.status_code = Empty,
        error.type = Empty,
    )
}

/// Notes what came of a run.
pub fn sandbox_ended<T>(span: &Span, run: &Run<T>) {
    let usage = &run.usage;
    span.record("cloister.guest.seconds", usage.guest_time.as_secs_f64());
    span.record("cloister.guest.host_calls", i64::from(usage.host_calls));
    span.record("cloister.guest.memory_bytes", number(usage.memory_peak));
    if let Err(stop) = &run.outcome {
        failed(span, stop.code());
    }
}

/// A turn's commit, with its wait for the batch.
pub fn commit() -> Span {
    info_span!(target: TARGET, "commit", cloister.commit.outcome = Empty)
}

/// A question to a language model.
pub fn model(turn: &Span) -> Span {
    info_span!(
        target: TARGET,
        parent: within(turn),
        "model",
        otel.kind = "client",
        server.address = Empty,
        gen_ai.request.model = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        cloister.outcome = Empty,
        otel.status_code = Empty,
        error.type = Empty,
    )
}

/// A request of an agent to a host outside.
pub fn http(turn: &Span) -> Span {
    info_span!(
        target: TARGET,
        parent: within(turn),
        "http",
        otel.kind = "client",
        http.request.method = Empty,
        http.response.status_code = Empty,
        server.address = Empty,
        cloister.outcome = Empty,
        otel.status_code = Empty,
        error.type = Empty,
    )
}

/// A call of a tool.
pub fn tool(turn: &Span) -> Span {
    info_span!(
        target: TARGET,
        parent: within(turn),
        "tool",
        gen_ai.tool.name = Empty,
        cloister.outcome = Empty,
        otel.status_code = Empty,
        error.type = Empty,
    )
}

/// One try to bring a message to its platform.
pub fn delivery(delivery: &TakenDelivery) -> Span {
    info_span!(
        target: TARGET,
        parent: None,
        "delivery",
        otel.kind = "producer",
        cloister.channel.kind = delivery.channel_kind,
        cloister.channel.id = %delivery.channel_id,
        cloister.delivery.id = %delivery.id,
        cloister.delivery.attempt = delivery.attempts,
        cloister.outcome = Empty,
        http.response.status_code = Empty,
        otel.status_code = Empty,
        error.type = Empty,
    )
}

/// Notes on the delivery that is tried at the moment what came of it.
pub fn delivery_ended(attempt: &Attempt) {
    let span = Span::current();
    let outcome = attempt.outcome.name();
    span.record("cloister.outcome", outcome);
    if let Some(status) = attempt.platform_status {
        span.record("http.response.status_code", status);
    }
    if !matches!(outcome, "delivered" | "waits") {
        failed(&span, outcome);
    }
}

/// The span that something of a turn belongs to: what runs at the moment, or the turn where that is not known.
fn within(turn: &Span) -> Option<tracing::Id> {
    Span::current().id().or_else(|| turn.id())
}

/// Notes what came of an outside call: `answered`, or why not.
pub fn came_of(span: &Span, outcome: &'static str) {
    span.record("cloister.outcome", outcome);
    if outcome != "answered" {
        failed(span, outcome);
    }
}

/// Notes that it went wrong, by a fixed word.
pub fn failed(span: &Span, why: impl Display) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", tracing::field::display(why));
}

/// Notes on the turn that runs at the moment how it ended.
pub fn turn_ended(outcome: &'static str) {
    Span::current().record("cloister.turn.outcome", outcome);
}

/// Notes on the turn that runs at the moment how long it waited, and how long its agent ran.
pub fn turn_took(waited: Duration, guest_micros: i64) {
    let span = Span::current();
    span.record("cloister.turn.queue_seconds", waited.as_secs_f64());
    let guest = Duration::from_micros(guest_micros.unsigned_abs());
    span.record("cloister.turn.guest_seconds", guest.as_secs_f64());
}

/// A number as spans have them.
pub fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
