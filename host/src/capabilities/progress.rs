//! `progress`: signs of life, shown to whoever watches the conversation right now.

use std::sync::Arc;

use async_trait::async_trait;
use sandbox::Progress;
use sandbox::types::{Error, ErrorCode};

use super::refusal;
use super::turn::Turn;
use crate::live::LiveEvent;

const PARTIAL_BYTES: usize = 64 * 1024;

pub(super) struct TurnProgress(pub(super) Arc<Turn>);

#[async_trait]
impl Progress for TurnProgress {
    async fn typing(&self) -> Result<(), Error> {
        self.0
            .live
            .publish(self.0.conversation_id, LiveEvent::Typing);
        Ok(())
    }

    async fn partial(&self, text: String) -> Result<(), Error> {
        if text.len() > PARTIAL_BYTES {
            return Err(refusal(
                ErrorCode::Limit,
                format!("A partial text may have {PARTIAL_BYTES} bytes."),
            ));
        }
        self.0.buffer().partial = Some(text.clone());
        self.0
            .live
            .publish(self.0.conversation_id, LiveEvent::Partial(text));
        Ok(())
    }
}
