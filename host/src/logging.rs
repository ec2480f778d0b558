//! The log is for the one who is paged: readable lines on a terminal, JSON elsewhere, on standard error. Spans are no part of it:
//! where they are collected, they go their own way, whatever is logged.

use std::io::IsTerminal;

use opentelemetry_sdk::trace::SdkTracer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::spans;

/// What says by itself, and again at each try, what we say once: whoever wants to read it names it in the filter.
const LOUD: &str = "async_nats";

/// A filter as `RUST_LOG` has it. Tells what is wrong with it, if something is.
pub fn filter(text: &str) -> Result<EnvFilter, String> {
    let mut parts = vec![text];
    let (no_spans, quiet) = (format!("{}=off", spans::TARGET), format!("{LOUD}=off"));
    parts.push(&no_spans);
    if !text.contains(LOUD) {
        parts.push(&quiet);
    }
    EnvFilter::try_new(text)
        .and_then(|_| EnvFilter::try_new(parts.join(",")))
        .map_err(|error| {
            format!(
                "invalid value '{text}' for '--log <FILTER>': {error} (also read from CLOISTER_LOG)"
            )
        })
}

/// Starts the log, and the collecting of spans where there is someone who makes them.
pub fn start(filter: EnvFilter, tracer: Option<SdkTracer>) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = if std::io::stderr().is_terminal() {
        lines.boxed()
    } else {
        lines.json().flatten_event(true).boxed()
    };
    // A second start in one process, as tests may do, keeps the first.
    let _ = match tracer {
        None => tracing_subscriber::registry()
            .with(lines)
            .with(filter)
            .try_init(),
        Some(tracer) => {
            let spans = tracing_opentelemetry::layer()
                .with_tracer(tracer)
                .with_location(false)
                .with_threads(false)
                .with_target(false)
                .with_level(false)
                .with_tracked_inactivity(false)
                .with_context_activation(false)
                .with_filter(Targets::new().with_target(spans::TARGET, LevelFilter::INFO));
            tracing_subscriber::registry()
                .with(lines.with_filter(filter))
                .with(spans)
                .try_init()
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_wrong_filter_is_told() {
        let told = super::filter("host=loud").unwrap_err();
        assert!(told.contains("CLOISTER_LOG"), "{told}");
    }

    #[test]
    fn what_repeats_itself_is_silent_unless_it_is_asked_for() {
        let said = |text| super::filter(text).unwrap().to_string();
        assert!(said("info").contains("async_nats=off"));
        assert!(!said("info,async_nats=debug").contains("async_nats=off"));
        assert!(said("trace").contains("cloister::spans=off"));
    }
}
