//! Signs of life of a conversation's agent, for one watcher: they pass, and no table has them.

use super::guard::Guarded;
use crate::error::Result;
use crate::live::{LiveEvent, LiveReceiver};

/// See the module.
pub(super) struct Signs(pub(super) LiveReceiver);

impl Guarded for Signs {
    type Item = Option<String>;

    async fn next(&mut self) -> Result<Option<String>> {
        loop {
            match self.0.recv().await {
                LiveEvent::Changed => {}
                LiveEvent::Typing => return Ok(None),
                LiveEvent::Partial(text) => return Ok(Some(text)),
            }
        }
    }
}
