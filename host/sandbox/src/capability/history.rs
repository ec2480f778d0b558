//! `history`: what was said in the conversation before.

use async_trait::async_trait;

use super::Answer;
use crate::bindings::imports;
use crate::guest::Guest;
use crate::types::{Entry, Error};

/// The conversation's past.
#[async_trait]
pub trait History: Send + Sync {
    /// Up to `limit` messages before `before`, or before the one that the turn handles; the oldest first.
    async fn recent(&self, limit: u32, before: Option<String>) -> Result<Vec<Entry>, Error>;
}

impl imports::history::Host for Guest {
    async fn recent(&mut self, limit: u32, before: Option<String>) -> Answer<Vec<Entry>> {
        let asked = self.asked("history.recent", &(limit, &before));
        self.call(
            asked,
            |granted| granted.history.as_deref(),
            |history| history.recent(limit, before),
        )
        .await
    }
}
