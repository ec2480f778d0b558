//! The schedule: timers of this conversation. One that comes due starts a turn with a `Timer` event; one that repeats starts
//! one for each of its slots.
//!
//! ```
//! use std::time::Duration;
//! use cloister_guest::testing::Host;
//! use cloister_guest::{Agent, Context, Event, Failure, Replies};
//!
//! struct News;
//!
//! impl Agent for News {
//!     fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
//!         if event.timer().is_some() {
//!             return Ok("Here is the news.".into());
//!         }
//!         cx.schedule().repeat("news", "30 8 * * *", "Europe/Zurich", "")?;
//!         Ok("Every morning, then.".into())
//!     }
//! }
//!
//! // A test's clock shows UTC in every time zone.
//! let mut host = Host::<News>::new();
//! host.say("the news, please")?;
//! assert_eq!(host.advance(Duration::from_secs(3 * 24 * 60 * 60)).len(), 3);
//! # Ok::<(), Failure>(())
//! ```

use std::time::Duration;

use crate::Error;
use crate::port::{Calls, Port};

pub use crate::bindings::capabilities::cloister::agent::schedule::{Due, Entry, Recurrence};

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

    /// Sets the timer `name` to come due at each minute that `cron` names by the clock of `time_zone`, until it is cancelled.
    /// Returns the first slot, in milliseconds since the Unix epoch.
    ///
    /// `cron` has five fields: minute, hour, day of the month, month, day of the week, such as `30 8 * * MON-FRI`;
    /// `time_zone` is a name of the IANA database. What is set with the same two already goes on where it is.
    pub fn repeat(
        &self,
        name: &str,
        cron: &str,
        time_zone: &str,
        payload: impl AsRef<[u8]>,
    ) -> Result<u64, Error> {
        self.port
            .repeat_timer(name, cron, time_zone, payload.as_ref())
    }

    /// Cancels a timer. Returns whether there was such a timer.
    pub fn cancel(&self, name: &str) -> Result<bool, Error> {
        self.port.cancel_timer(name)
    }

    /// The timers that are set.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        self.port.timers()
    }

    /// The timers that repeat.
    pub fn recurrences(&self) -> Result<Vec<Recurrence>, Error> {
        self.port.recurrences()
    }
}
