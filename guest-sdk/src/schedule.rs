//! The schedule: timers of this conversation. One that comes due starts a turn with a `Timer` event.

use std::time::Duration;

use crate::Error;
use crate::port::{Calls, Port};

pub use crate::bindings::capabilities::cloister::agent::schedule::{Due, Entry};

/// Sets and cancels timers. A name is 1 to 128 bytes, a payload at most 64 KiB, the time at most 366 days ahead.
pub struct Schedule<'a> {
    port: &'a Port,
}

impl<'a> Schedule<'a> {
    pub(crate) fn new(port: &'a Port) -> Schedule<'a> {
        Schedule { port }
    }

    /// Sets the timer `name` to come due after a time, counted from the end of this turn.
    pub fn after(
        &self,
        name: &str,
        time: Duration,
        payload: impl AsRef<[u8]>,
    ) -> Result<(), Error> {
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.port
            .set_timer(name, Due::After(milliseconds), payload.as_ref())
    }

    /// Sets the timer `name` to come due at a time, in milliseconds since the Unix epoch.
    pub fn at(&self, name: &str, time: u64, payload: impl AsRef<[u8]>) -> Result<(), Error> {
        self.port.set_timer(name, Due::At(time), payload.as_ref())
    }

    /// Cancels a timer. Returns whether there was such a timer.
    pub fn cancel(&self, name: &str) -> Result<bool, Error> {
        self.port.cancel_timer(name)
    }

    /// The timers that are set.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        self.port.timers()
    }
}
