//! Conversations and their messages.

use async_graphql::{Context, Enum, ID, Object, Result};
use store::conversations::Conversation;
use store::messages::{Direction, Message};
use store::page::Page;

use super::holding::Holder;
use super::scalars::{Json, Time};
use super::{asked_by, failure, read_id};
use crate::service::{channels, conversations};

/// Which way a message went.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "Direction", remote = "Direction")]
pub(super) enum DirectionShown {
    /// From the platform.
    Inbound,
    /// To the platform.
    Outbound,
}

/// One chat of a contact or a group on a channel.
pub(super) struct ConversationNode(pub(super) Conversation);

#[Object(name = "Conversation")]
impl ConversationNode {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The channel that it is on.
    async fn channel_id(&self) -> ID {
        channels::public_id(self.0.channel_id).into()
    }

    /// The platform's id of the chat.
    async fn platform_chat_id(&self) -> &str {
        &self.0.platform_chat_id
    }

    /// Whether it is a group's.
    async fn is_group(&self) -> bool {
        self.0.is_group
    }

    /// What the platform calls it.
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// Who answers in the agent's place, if people do.
    async fn holder(&self) -> Option<Holder> {
        Holder::of(&self.0)
    }

    /// Since when it exists.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When something was last said.
    async fn last_message_at(&self) -> Time {
        Time(self.0.last_message_at)
    }
}

/// One entry of a conversation's log.
pub(super) struct MessageNode(pub(super) Message);

#[Object(name = "Message")]
impl MessageNode {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Which way it went.
    async fn direction(&self) -> DirectionShown {
        self.0.direction.into()
    }

    /// What was said.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// The rest: attachments, choices, format, structured content.
    async fn content(&self) -> Option<Json> {
        self.0.content.clone().map(Json)
    }

    /// The turn that handles it or that said it.
    async fn turn_id(&self) -> Option<ID> {
        self.0.turn_id.map(|id| id.to_string().into())
    }

    /// When it was said.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

#[derive(Default)]
pub(super) struct ConversationsQuery;

#[Object]
impl ConversationsQuery {
    /// The conversations of a channel, the newest first.
    async fn conversations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
        #[graphql(desc = "At most so many.", default = 50)] first: u32,
        #[graphql(desc = "Those after this one.")] after: Option<ID>,
    ) -> Result<Vec<ConversationNode>> {
        let (cx, caller) = asked_by(context)?;
        let page = Page {
            after: after.map(|id| read_id("after", &id)).transpose()?,
            limit: first,
        };
        let channel = channels::parse_id(&channel_id).map_err(failure::told)?;
        let list = conversations::list(cx, caller, channel, page)
            .await
            .map_err(failure::told)?;
        Ok(list.into_iter().map(ConversationNode).collect())
    }

    /// What was said in a conversation, the newest first.
    async fn messages(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The conversation.")] conversation_id: ID,
        #[graphql(desc = "At most so many.", default = 50)] first: u32,
        #[graphql(desc = "Those before this one.")] after: Option<ID>,
    ) -> Result<Vec<MessageNode>> {
        let (cx, caller) = asked_by(context)?;
        let page = Page {
            after: after.map(|id| read_id("after", &id)).transpose()?,
            limit: first,
        };
        let conversation = read_id("conversationId", &conversation_id)?;
        let list = conversations::messages(cx, caller, conversation, page)
            .await
            .map_err(failure::told)?;
        Ok(list.into_iter().map(MessageNode).collect())
    }
}
