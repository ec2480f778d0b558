//! Counts what is sent to the database, so that a test can assert how many statements an operation takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// The statements of one store, over all its pooled connections.
#[derive(Debug, Default)]
pub struct Statements {
    executed: AtomicU64,
    prepared: AtomicU64,
    #[cfg(feature = "testing")]
    recorded: std::sync::Mutex<Option<Vec<String>>>,
}

impl Statements {
    /// Statements sent so far, `BEGIN` and `COMMIT` among them. Each is a round trip, unless pipelined.
    pub fn executed(&self) -> u64 {
        self.executed.load(Ordering::Relaxed)
    }

    /// Statements that were prepared to be kept: what a connection runs the first time, at one more round trip.
    pub fn prepared(&self) -> u64 {
        self.prepared.load(Ordering::Relaxed)
    }
}

#[cfg(feature = "testing")]
impl Statements {
    /// Starts to keep the statements' text.
    pub fn record(&self) {
        *self.lock() = Some(Vec::new());
    }

    /// What was sent since [`Statements::record`], with its values; stops keeping it.
    pub fn recorded(&self) -> Vec<String> {
        self.lock().take().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Vec<String>>> {
        self.recorded
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What each connection reports to.
pub(crate) struct Counter {
    statements: Arc<Statements>,
}

impl Counter {
    pub(crate) fn new(statements: Arc<Statements>) -> Self {
        Self { statements }
    }
}

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                self.statements.executed.fetch_add(1, Ordering::Relaxed);
                #[cfg(feature = "testing")]
                if let Some(recorded) = self.statements.lock().as_mut() {
                    recorded.push(query.to_string());
                }
                #[cfg(not(feature = "testing"))]
                let _ = query;
            }
            InstrumentationEvent::CacheQuery { .. } => {
                self.statements.prepared.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}
