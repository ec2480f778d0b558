//! Conversations.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use store::conversations::Conversation;
use store::groups::GroupMember;

use super::agents::AgentNode;
use super::channels::ChannelNode;
use super::chats::{ChatNode, StateNode};
use super::connection::{self, Nodes, Paging};
use super::contacts::ContactNode;
use super::holding::Holder;
use super::loaders::{
    self, ChatsOfConversation, ConversationsOfChannel, MessagesOfConversation,
    ParticipantsOfConversation, TurnsOfConversation,
};
use super::messages::MessageNode;
use super::participants::ParticipantNode;
use super::resolve::library;
use super::scalars::Time;
use super::turns::TurnNode;
use super::{asked_by, failure, read_id};
use crate::service::placed::{Placed, Rooted};
use crate::service::{channels, conversations};

/// One chat of a contact or a group on a channel.
pub(super) struct ConversationNode(pub(super) Arc<Placed<Conversation>>);

/// One chat of a contact or a group on a channel.
#[Object(name = "Conversation", crate = "library")]
impl ConversationNode {
    /// Names it everywhere: `cnv_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// The id of the channel that it is on.
    async fn channel_id(&self) -> ID {
        self.0.channel_id.public().into()
    }

    /// The channel that it is on, unless that is gone.
    async fn channel(&self, context: &Context<'_>) -> Result<Option<ChannelNode>> {
        let channel = loaders::one(context, self.0.channel_id).await?;
        Ok(channel.map(ChannelNode))
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

    /// The one person of a direct chat.
    async fn contact(&self, context: &Context<'_>) -> Result<Option<ContactNode>> {
        let contact = loaders::maybe(context, self.0.contact()).await?;
        Ok(contact.map(ContactNode))
    }

    /// Who is in the group, as far as that is known: whom the messaging product told of, and who named an agent there. By
    /// the platform's ids of them. A direct chat has none: see `contact`.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn participants(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ParticipantNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = ParticipantsOfConversation { parent, stretch };
        let id = |one: &Placed<GroupMember>| one.platform_user_id.clone();
        loaders::list(context, key, id, ParticipantNode).await
    }

    /// Who answers here, where it is not the channel's primary agent.
    async fn agent(&self, context: &Context<'_>) -> Result<Option<AgentNode>> {
        let agent = loaders::maybe(context, self.0.agent_id).await?;
        Ok(agent.map(AgentNode))
    }

    /// Who answers in the agent's place, if people do.
    async fn holder(&self) -> Option<Holder> {
        Holder::of(&self.0)
    }

    /// Where it goes on, where it is a session: of external messages, or someone's chat with a bot.
    async fn session(&self, context: &Context<'_>) -> Result<Option<StateNode>> {
        let state = loaders::one(context, self.0.place()).await?;
        Ok(state.map(StateNode))
    }

    /// Its chats, where it is a session, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn chats(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ChatNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = ChatsOfConversation { parent, stretch };
        loaders::list(context, key, |chat| chat.id, ChatNode).await
    }

    /// Since when it exists.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When something was last said.
    async fn last_message_at(&self) -> Time {
        Time(self.0.last_message_at)
    }

    /// What was said in it, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn messages(
        &self,
        context: &Context<'_>,
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
        let parent = self.0.place();
        let key = MessagesOfConversation { parent, stretch };
        loaders::list(context, key, |message| message.sequence, MessageNode).await
    }

    /// Its turns, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn turns(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<TurnNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = TurnsOfConversation { parent, stretch };
        loaders::list(context, key, |turn| turn.position, TurnNode).await
    }
}

#[derive(Default)]
pub(super) struct ConversationsQuery;

#[Object]
impl ConversationsQuery {
    /// The conversations of a channel, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn conversations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ConversationNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let channel = channels::find(cx, caller, &channel_id).await;
        let parent = channel.map_err(failure::told)?.place();
        let key = ConversationsOfChannel { parent, stretch };
        loaders::list(
            context,
            key,
            |conversation| conversation.id,
            ConversationNode,
        )
        .await
    }

    /// A conversation.
    async fn conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<ConversationNode> {
        let (cx, caller) = asked_by(context)?;
        let found = conversations::find(cx, caller, read_id("id", &id)?).await;
        found
            .map(Arc::new)
            .map(ConversationNode)
            .map_err(failure::told)
    }
}
