//! Catching up: what was said between two connections, where the platform does not tell it by itself. The chats that are
//! known are asked for it one by one; what was heard before is known by its id.

use std::time::Duration;

use channels::{Cursor, Event, SendError, Target, Update};
use chrono::{DateTime, Utc};
use store::conversations::{self, Chat};

use super::{Listener, Over};
use crate::consumers::back_off::BackOff;
use crate::error::Error;

/// Chats that are asked, of those in which something was said last.
const CHATS: u32 = 200;
/// How often a chat is asked before it is left.
const TRIES: u32 = 5;
/// The longest wait for one answer.
const LONGEST: Duration = Duration::from_secs(60);

impl Listener<'_> {
    /// Stores what was missed since then, with where listening stands until all of it is stored.
    pub(super) async fn catch_up(
        &self,
        since: DateTime<Utc>,
        cursor: String,
    ) -> Result<Option<Cursor>, Over> {
        let mut reached = None;
        for chat in self.chats().await {
            let events = self.missed(&chat, since).await;
            let updates: Vec<Update> = events
                .into_iter()
                .map(|event| Update {
                    event,
                    cursor: cursor.clone(),
                    opens: None,
                })
                .collect();
            if updates.is_empty() {
                continue;
            }
            tracing::info!(
                channel = self.bound.id,
                count = updates.len(),
                "what was said meanwhile is read"
            );
            reached = self.store(updates).await?.or(reached);
        }
        Ok(reached)
    }

    async fn chats(&self) -> Vec<Chat> {
        let (owner, channel) = (self.channel.organization_id, self.channel.id);
        let mut back_off = BackOff::default();
        loop {
            match conversations::recent(&self.cx.store, owner, channel, CHATS).await {
                Ok(chats) => return chats,
                Err(error) => {
                    Error::from(error).report("streaming");
                    tokio::time::sleep(back_off.failed(None)).await;
                }
            }
        }
    }

    /// A chat that cannot be asked holds up no other.
    async fn missed(&self, chat: &Chat, since: DateTime<Utc>) -> Vec<Event> {
        let target = Target {
            platform_chat_id: chat.platform_chat_id.clone(),
            platform_user_id: None,
            is_group: chat.is_group,
        };
        let mut back_off = BackOff::default();
        loop {
            let asked = self
                .driver
                .missed(&self.cx.outgoing, &self.bound, &target, since);
            let wait = match asked.await {
                Ok(events) => return events,
                Err(SendError::Retry { after, .. }) if back_off.failures() < TRIES => after,
                Err(error) => {
                    tracing::warn!(
                        channel = self.bound.id,
                        %error,
                        "a chat cannot be asked for what was said meanwhile"
                    );
                    return Vec::new();
                }
            };
            tokio::time::sleep(back_off.failed(wait).min(LONGEST)).await;
        }
    }
}
