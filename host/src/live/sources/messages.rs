//! Messages of a conversation.

use async_trait::async_trait;
use store::ids::{ConversationId, OrganizationId};
use store::messages::{self, Message};
use store::page::Page;
use store::{Store, StoreError};

use super::PAGE;
use crate::live::Topic;
use crate::live::feed::Source;

/// What is said in a conversation. The order of its places is the order of visibility: nothing is seen late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessagesOf {
    /// Whose.
    pub owner: OrganizationId,
    /// Which.
    pub conversation: ConversationId,
}

impl MessagesOf {
    /// The next messages after a place, and whether there may be more.
    pub async fn after(
        &self,
        store: &Store,
        place: i64,
    ) -> Result<(Vec<Message>, bool), StoreError> {
        let limit = u32::try_from(PAGE).unwrap_or(u32::MAX);
        let page = Page::after(place, limit);
        let list = messages::list(store, self.owner, self.conversation, page).await?;
        let is_more = list.len() >= limit as usize;
        Ok((list, is_more))
    }

    /// The place after all that there is.
    pub async fn end(&self, store: &Store) -> Result<i64, StoreError> {
        messages::last(store, self.owner, self.conversation).await
    }
}

#[async_trait]
impl Source for MessagesOf {
    type Item = Message;
    type Place = i64;

    fn topic(&self) -> Topic {
        Topic::Conversation(self.conversation)
    }

    async fn start(&self, store: &Store) -> Result<i64, StoreError> {
        self.end(store).await
    }

    async fn read(
        &self,
        store: &Store,
        place: &mut i64,
    ) -> Result<(Vec<Message>, bool), StoreError> {
        let (list, is_more) = self.after(store, *place).await?;
        *place = list.last().map_or(*place, |message| message.sequence);
        Ok((list, is_more))
    }
}
