//! The log is for the one who is paged: readable lines on a terminal, JSON elsewhere, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts the log with a filter as `RUST_LOG` has it. Tells what is wrong with the filter, if something is.
pub fn start(filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        format!(
            "invalid value '{filter}' for '--log <FILTER>': {error} (also read from CLOISTER_LOG)"
        )
    })?;
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    // A second start in one process, as tests may do, keeps the first.
    let _ = if std::io::stderr().is_terminal() {
        registry.with(layer).try_init()
    } else {
        registry.with(layer.json().flatten_event(true)).try_init()
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_wrong_filter_is_told() {
        let told = super::start("host=loud").unwrap_err();
        assert!(told.contains("CLOISTER_LOG"), "{told}");
    }
}
