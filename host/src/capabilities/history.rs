//! `history`: what was said in the conversation before.

use std::sync::Arc;

use async_trait::async_trait;
use sandbox::History;
use sandbox::types::{Entry, Error, ErrorCode};
use store::ids::MessageId;

use super::turn::Turn;
use super::{refusal, unavailable};
use crate::content::past_entry;

const ENTRIES: u32 = 200;

pub(super) struct TurnHistory(pub(super) Arc<Turn>);

#[async_trait]
impl History for TurnHistory {
    async fn recent(&self, limit: u32, before: Option<String>) -> Result<Vec<Entry>, Error> {
        if !(1..=ENTRIES).contains(&limit) {
            return Err(refusal(
                ErrorCode::Invalid,
                format!("`limit` is 1 to {ENTRIES}; this is {limit}."),
            ));
        }
        let before = match before {
            Some(text) => Some(text.parse::<MessageId>().map_err(|_| {
                refusal(
                    ErrorCode::Invalid,
                    format!("`before` is the id of a message; `{text}` is none."),
                )
            })?),
            None => self.0.message_id,
        };
        let past = store::turns::past(
            &self.0.store,
            self.0.organization_id,
            (self.0.conversation_id, self.0.chat_id),
            before,
            i64::from(limit),
        )
        .await
        .map_err(unavailable)?;
        Ok(past.into_iter().rev().map(past_entry).collect())
    }
}
