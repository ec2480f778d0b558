//! The history: what was said in this conversation before.

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
