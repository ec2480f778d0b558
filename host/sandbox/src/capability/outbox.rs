//! `outbox`: messages that answer nothing.

use async_trait::async_trait;

use super::Answer;
use crate::bindings::imports;
use crate::guest::Guest;
use crate::types::{Error, Reply};

/// Speaking first.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Says `reply` in a conversation when the turn commits; the message's id.
    async fn send(&self, conversation_id: String, reply: Reply) -> Result<String, Error>;
}

impl imports::outbox::Host for Guest {
    async fn send(&mut self, conversation_id: String, reply: Reply) -> Answer<String> {
        let asked = self.asked("outbox.send", &(&conversation_id, &reply));
        self.call(
            asked,
            |granted| granted.outbox.as_deref(),
            |outbox| outbox.send(conversation_id, reply),
        )
        .await
    }
}
