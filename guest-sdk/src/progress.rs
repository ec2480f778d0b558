//! Progress: signs of life while a turn runs. They go out at once and are not part of the turn's outcome.
//!
//! ```
//! use cloister_guest::testing::{Host, Sign};
//! use cloister_guest::{Agent, Context, Event, Failure, Replies};
//!
//! struct Slow;
//!
//! impl Agent for Slow {
//!     fn handle(cx: &Context, _: &Event) -> Result<Replies, Failure> {
//!         cx.progress().typing();
//!         cx.progress().partial("Let me see");
//!         Ok("Let me see: yes.".into())
//!     }
//! }
//!
//! let mut host = Host::<Slow>::new();
//! host.say("Well?")?;
//! assert_eq!(host.signs(), [Sign::Typing, Sign::Partial("Let me see".to_owned())]);
//! # Ok::<(), Failure>(())
//! ```

use crate::port::{Calls, Port};

/// Shows signs of life. One that the host or the channel refuses is dropped: no turn should fail for want of one.
pub struct Progress<'a> {
    port: &'a Port,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(port: &'a Port) -> Progress<'a> {
        Progress { port }
    }

    /// Shows that the agent is typing, where the channel can.
    pub fn typing(&self) {
        let _refused = self.port.typing();
    }

    /// Shows the reply as far as it has come; each call replaces the one before.
    pub fn partial(&self, text: impl AsRef<str>) {
        let _refused = self.port.partial(text.as_ref());
    }
}
