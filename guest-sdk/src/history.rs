//! The history: what was said in this conversation before.
//!
//! ```
//! use cloister_guest::history::Speaker;
//! use cloister_guest::testing::Host;
//! use cloister_guest::{Agent, Context, Event, Failure, Replies};
//!
//! struct Forgetful;
//!
//! impl Agent for Forgetful {
//!     fn handle(cx: &Context, _: &Event) -> Result<Replies, Failure> {
//!         let before = cx.history().recent(1)?;
//!         Ok(match before.first() {
//!             Some(entry) => format!("What came before this was: {}", entry.text).into(),
//!             None => "Nothing came before this.".into(),
//!         })
//!     }
//! }
//!
//! let mut host = Host::<Forgetful>::new();
//! host.remember(Speaker::Contact, "My name is Ada.");
//! assert_eq!(host.say("What did I say?")?.texts(), ["What came before this was: My name is Ada."]);
//! # Ok::<(), Failure>(())
//! ```

use crate::Error;
use crate::port::{Calls, Port};

pub use crate::bindings::capabilities::cloister::agent::history::{Entry, Speaker};

/// Reads what was said.
pub struct History<'a> {
    port: &'a Port,
}

impl<'a> History<'a> {
    pub(crate) fn new(port: &'a Port) -> History<'a> {
        History { port }
    }

    /// The newest `limit` (1 to 200) messages before the one that this turn handles, the oldest first.
    pub fn recent(&self, limit: u32) -> Result<Vec<Entry>, Error> {
        self.port.recent(limit, None)
    }

    /// The newest `limit` (1 to 200) messages before the message `id`, the oldest first.
    pub fn before(&self, id: &str, limit: u32) -> Result<Vec<Entry>, Error> {
        self.port.recent(limit, Some(id))
    }
}
