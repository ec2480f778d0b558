//! The outbox: speaking first, in a conversation that the agent serves.

use crate::port::{Calls, Port};
use crate::{Error, Reply};

/// Sends messages that answer nothing.
pub struct Outbox<'a> {
    port: &'a Port,
}

impl<'a> Outbox<'a> {
    pub(crate) fn new(port: &'a Port) -> Outbox<'a> {
        Outbox { port }
    }

    /// Says `reply` in a conversation when this turn ends well. Returns the message's id.
    pub fn send(&self, conversation_id: &str, reply: impl Into<Reply>) -> Result<String, Error> {
        self.port.send(conversation_id, &reply.into())
    }
}
