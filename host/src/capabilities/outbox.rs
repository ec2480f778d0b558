//! `outbox`: messages that answer nothing, in any conversation that the agent serves.

use std::sync::Arc;

use async_trait::async_trait;
use sandbox::Outbox;
use sandbox::types::{Error, ErrorCode, Reply};
use store::ids::{ConversationId, MessageId};

use super::turn::{Spoken, Turn};
use super::{refusal, unavailable};

/// Messages of one turn.
const MESSAGES: usize = 100;

pub(super) struct TurnOutbox(pub(super) Arc<Turn>);

#[async_trait]
impl Outbox for TurnOutbox {
    async fn send(&self, conversation_id: String, reply: Reply) -> Result<String, Error> {
        // Someone else's conversation and none at all look alike.
        let absent = || {
            refusal(
                ErrorCode::NotFound,
                format!("This agent serves no conversation `{conversation_id}`."),
            )
        };
        let conversation: ConversationId = conversation_id.parse().map_err(|_| absent())?;
        if self.0.buffer().spoken.len() >= MESSAGES {
            return Err(refusal(
                ErrorCode::Limit,
                format!("A turn may speak first {MESSAGES} times."),
            ));
        }
        let reachable = store::turns::reachable(
            &self.0.store,
            self.0.organization_id,
            conversation,
            self.0.agent_id,
            self.0.conversation_id,
        )
        .await
        .map_err(unavailable)?
        .ok_or_else(absent)?;
        let message_id = MessageId::new();
        let is_own = conversation == self.0.conversation_id;
        self.0.buffer().spoken.push(Spoken {
            conversation_id: conversation,
            chat_id: if is_own {
                self.0.chat_id
            } else {
                reachable.chat_id
            },
            channel_kind: reachable.channel_kind,
            message_id,
            reply,
        });
        Ok(message_id.to_string())
    }
}
