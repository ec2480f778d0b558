//! Messages.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use store::ids::ConversationId;
use store::messages::{Direction, Message};

use super::agents::AgentNode;
use super::chats::ChatNode;
use super::connection::{self, Nodes, Paging};
use super::contacts::ContactNode;
use super::conversations::ConversationNode;
use super::loaders::{self, MessagesOfConversation};
use super::projects::UserNode;
use super::resolve::library;
use super::scalars::{Json, Time};
use super::turns::TurnNode;
use super::{failure, read_id};
use crate::error::Error;
use crate::service::placed::{Placed, Rooted};

/// Which way a message went.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "Direction", remote = "Direction")]
pub(super) enum DirectionShown {
    /// From the platform.
    Inbound,
    /// To the platform.
    Outbound,
}

/// One entry of a conversation's log.
pub(super) struct MessageNode(pub(super) Arc<Placed<Message>>);

/// One entry of a conversation's log: said by a contact, an agent or a user.
#[Object(name = "Message", crate = "library")]
impl MessageNode {
    /// Names it everywhere: `msg_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
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

    /// The conversation.
    async fn conversation(&self, context: &Context<'_>) -> Result<Option<ConversationNode>> {
        let conversation = loaders::one(context, self.0.conversation_id).await?;
        Ok(conversation.map(ConversationNode))
    }

    /// The chat that it is in, where its conversation is a session.
    async fn chat(&self, context: &Context<'_>) -> Result<Option<ChatNode>> {
        let chat = loaders::maybe(context, self.0.chat_id).await?;
        Ok(chat.map(ChatNode))
    }

    /// Who spoke, if a contact.
    async fn contact(&self, context: &Context<'_>) -> Result<Option<ContactNode>> {
        let contact = loaders::maybe(context, self.0.contact()).await?;
        Ok(contact.map(ContactNode))
    }

    /// Who spoke, if an agent.
    async fn agent(&self, context: &Context<'_>) -> Result<Option<AgentNode>> {
        let agent = loaders::maybe(context, self.0.agent_id).await?;
        Ok(agent.map(AgentNode))
    }

    /// Who spoke, if a user in an agent's place.
    async fn user(&self, context: &Context<'_>) -> Result<Option<UserNode>> {
        let user = loaders::maybe(context, self.0.user()).await?;
        Ok(user.map(UserNode))
    }

    /// The turn that handles it or that said it.
    async fn turn(&self, context: &Context<'_>) -> Result<Option<TurnNode>> {
        let turn = loaders::maybe(context, self.0.turn()).await?;
        Ok(turn.map(TurnNode))
    }

    /// The id of that turn.
    async fn turn_id(&self) -> Option<ID> {
        self.0.turn_id.map(|id| id.public().into())
    }

    /// When it was said.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

#[derive(Default)]
pub(super) struct MessagesQuery;

#[Object]
impl MessagesQuery {
    /// What was said in a conversation, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn messages(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The conversation.")] conversation_id: ID,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<MessageNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let id: ConversationId = read_id("conversationId", &conversation_id)?;
        let conversation = loaders::one(context, id).await?;
        let missing = || failure::told(Error::not_found("Conversation", id.public()));
        let parent = conversation.ok_or_else(missing)?.place();
        let key = MessagesOfConversation { parent, stretch };
        loaders::list(context, key, |message| message.sequence, MessageNode).await
    }
}
