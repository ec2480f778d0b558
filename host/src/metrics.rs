//! Metrics are what an operator's Prometheus reads at `/metrics`: how many turns, deliveries and requests there were,
//! how they ended, how long they took, and how much waits.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;

/// Every number of the process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    turns: Family<TurnLabels, Counter>,
    turn_wait: Histogram,
    turn_time: Histogram,
    deliveries: Family<DeliveryLabels, Counter>,
    models: Family<OutcomeLabels, Counter>,
    model_time: Histogram,
    tools: Family<OutcomeLabels, Counter>,
    tool_time: Histogram,
    agent_requests: Family<OutcomeLabels, Counter>,
    agent_request_time: Histogram,
    waiting: Family<QueueLabels, Gauge>,
    requests: Family<RequestLabels, Counter>,
    statements: Counter,
    request_time: Family<RouteLabels, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TurnLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabels {
    queue: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("cloister");
        let metrics = Self {
            registry: Arc::default(),
            turns: Family::default(),
            turn_wait: times(),
            turn_time: times(),
            deliveries: Family::default(),
            models: Family::default(),
            model_time: times(),
            tools: Family::default(),
            tool_time: times(),
            agent_requests: Family::default(),
            agent_request_time: times(),
            waiting: Family::default(),
            requests: Family::default(),
            statements: Counter::default(),
            request_time: Family::new_with_constructor(times),
        };
        registry.register(
            "turns",
            "Turns that ended, by outcome",
            metrics.turns.clone(),
        );
        registry.register_with_unit(
            "turn_wait",
            "From the event to the start of its turn",
            Unit::Seconds,
            metrics.turn_wait.clone(),
        );
        registry.register_with_unit(
            "turn_time",
            "From the start of a turn to its end",
            Unit::Seconds,
            metrics.turn_time.clone(),
        );
        registry.register(
            "deliveries",
            "Attempts to deliver, by kind of channel and outcome",
            metrics.deliveries.clone(),
        );
        registry.register(
            "model_answers",
            "Answers of language models, by outcome",
            metrics.models.clone(),
        );
        registry.register_with_unit(
            "model_time",
            "From a question to the end of its answer",
            Unit::Seconds,
            metrics.model_time.clone(),
        );
        registry.register(
            "tool_answers",
            "Answers of tools, by outcome",
            metrics.tools.clone(),
        );
        registry.register_with_unit(
            "tool_time",
            "From a call of a tool to its answer",
            Unit::Seconds,
            metrics.tool_time.clone(),
        );
        registry.register(
            "agent_requests",
            "Requests of agents to the outside, by outcome",
            metrics.agent_requests.clone(),
        );
        registry.register_with_unit(
            "agent_request_time",
            "From a request of an agent to the end of its answer",
            Unit::Seconds,
            metrics.agent_request_time.clone(),
        );
        registry.register("waiting", "What waits, by queue", metrics.waiting.clone());
        registry.register(
            "http_requests",
            "Requests that were answered, by route and status",
            metrics.requests.clone(),
        );
        registry.register(
            "database_statements",
            "Statements that were sent to the database",
            metrics.statements.clone(),
        );
        registry.register_with_unit(
            "http_request_time",
            "From a request's head to its answer's head",
            Unit::Seconds,
            metrics.request_time.clone(),
        );
        Self {
            registry: Arc::new(registry),
            ..metrics
        }
    }
}

impl Metrics {
    /// A turn ended: how (`done`, `failed`, `skipped`, or a stop's code), how long it had waited, how long it took.
    pub fn turn_ended(&self, outcome: &'static str, waited: Duration, took: Duration) {
        self.turns.get_or_create(&TurnLabels { outcome }).inc();
        self.turn_wait.observe(waited.as_secs_f64());
        self.turn_time.observe(took.as_secs_f64());
    }

    /// An attempt to deliver ended: on which kind of channel, and how (`delivered`, `retry`, `dead`, `unknown`).
    pub fn delivery_ended(&self, kind: &'static str, outcome: &'static str) {
        self.deliveries
            .get_or_create(&DeliveryLabels { kind, outcome })
            .inc();
    }

    /// A request of an agent was answered (`answered`), or was not (the cause), after so long.
    pub fn agent_request_ended(&self, outcome: &'static str, took: Duration) {
        self.agent_requests
            .get_or_create(&OutcomeLabels { outcome })
            .inc();
        self.agent_request_time.observe(took.as_secs_f64());
    }

    /// A language model answered (`answered`), or did not (the problem's cause), after so long.
    pub fn model_ended(&self, outcome: &'static str, took: Duration) {
        self.models.get_or_create(&OutcomeLabels { outcome }).inc();
        self.model_time.observe(took.as_secs_f64());
    }

    /// A tool answered (`answered`), or did not (the problem's cause), after so long.
    pub fn tool_ended(&self, outcome: &'static str, took: Duration) {
        self.tools.get_or_create(&OutcomeLabels { outcome }).inc();
        self.tool_time.observe(took.as_secs_f64());
    }

    /// How much waits in a queue (`turns`, `deliveries`, `schedules`) at the moment.
    pub fn waiting(&self, queue: &'static str, count: i64) {
        self.waiting
            .get_or_create(&QueueLabels { queue })
            .set(count);
    }

    /// The text that Prometheus reads, with the statements that the store has counted.
    pub fn text(&self, statements: u64) -> Result<String, fmt::Error> {
        self.statements.inner().store(statements, Ordering::Relaxed);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Counts a request by its route, never by its path: ids would make a series each.
    pub async fn observe(self, request: Request, next: Next) -> Response {
        let route = request
            .extensions()
            .get::<MatchedPath>()
            .map_or_else(|| "none".to_owned(), |matched| matched.as_str().to_owned());
        let method = known_method(request.method().as_str());
        let started = Instant::now();
        let response = next.run(request).await;
        let took = started.elapsed();
        let labels = RouteLabels {
            route: route.clone(),
        };
        self.request_time
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
        let status = response.status().as_u16();
        // The route and not the path, which may hold a one-time token.
        tracing::debug!(method, route, status, ?took, "a request was answered");
        self.requests
            .get_or_create(&RequestLabels {
                method,
                route,
                status,
            })
            .inc();
        response
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// A quarter of a millisecond to a minute.
fn times() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 2.0, 18))
}

/// A caller can make up methods, but not series.
pub(crate) fn known_method(method: &str) -> &'static str {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_in_the_text() {
        let metrics = Metrics::default();
        metrics.turn_ended("done", Duration::from_millis(1), Duration::from_millis(2));
        metrics.delivery_ended("webhook", "delivered");
        metrics.waiting("turns", 3);
        let text = metrics.text(7).unwrap();
        for line in [
            "cloister_turns_total{outcome=\"done\"} 1",
            "cloister_turn_wait_seconds_count 1",
            "cloister_deliveries_total{kind=\"webhook\",outcome=\"delivered\"} 1",
            "cloister_waiting{queue=\"turns\"} 3",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }
}
