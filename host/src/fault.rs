//! Faults: named points on a message's way where a test kills the process. They are compiled in with the feature
//! `faults` only, which no release has: there, a point is nothing.

/// Kills the process with SIGKILL where `CLOISTER_FAULT` names this point. `name:3` means the third time it is reached.
#[cfg(feature = "faults")]
pub fn point(name: &'static str) {
    armed::reach(name);
}

/// Nothing, without the feature `faults`.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn point(_name: &'static str) {}

/// Every point, in the order in which a message passes them.
pub const POINTS: [&str; 17] = [
    "poll.read",
    "poll.stored",
    "stream.heard",
    "stream.stored",
    "inbox.received",
    "inbox.stored",
    "turn.started",
    "model.kept",
    "http.kept",
    "tool.kept",
    "turn.parked",
    "turn.ended",
    "turn.committed",
    "schedule.fired",
    "delivery.taken",
    "delivery.sent",
    "delivery.finished",
];

#[cfg(feature = "faults")]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static ARMED: LazyLock<Option<(String, u32)>> = LazyLock::new(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "not configuration: exists in test builds alone"
        )]
        let text = std::env::var("CLOISTER_FAULT").ok()?;
        Some(match text.split_once(':') {
            Some((name, count)) => (name.to_owned(), count.parse().unwrap_or(1)),
            None => (text, 1),
        })
    });
    static REACHED: AtomicU32 = AtomicU32::new(0);

    pub(super) fn reach(name: &'static str) {
        let Some((armed, count)) = ARMED.as_ref() else {
            return;
        };
        if armed == name && REACHED.fetch_add(1, Ordering::SeqCst) + 1 == *count {
            // As a power cut would: nothing is flushed, no destructor runs.
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
            loop {
                std::thread::park();
            }
        }
    }
}
