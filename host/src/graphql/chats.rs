//! Chats of sessions, and where sessions are.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use store::sessions::{Chat, State};

use super::connection::{self, Nodes, Paging};
use super::conversations::ConversationNode;
use super::loaders::{self, MessagesOfChat};
use super::messages::MessageNode;
use super::projects::ProjectNode;
use super::resolve::library;
use super::scalars::Time;
use crate::service::placed::{Placed, Rooted};

/// A thread of a session in one project.
pub(super) struct ChatNode(pub(super) Arc<Placed<Chat>>);

/// A thread of a session in one project: what an agent remembers of a chat is what was said in it.
#[Object(name = "Chat", crate = "library")]
impl ChatNode {
    /// Names it everywhere: `cht_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// How it began.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The project that it is about, where the caller may see it.
    async fn project(&self, context: &Context<'_>) -> Result<Option<ProjectNode>> {
        let project = loaders::one(context, self.0.project_id).await?;
        Ok(project.map(ProjectNode))
    }

    /// The session's conversation.
    async fn conversation(&self, context: &Context<'_>) -> Result<Option<ConversationNode>> {
        let conversation = loaders::one(context, self.0.conversation_id).await?;
        Ok(conversation.map(ConversationNode))
    }

    /// When it began.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
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
        let key = MessagesOfChat { parent, stretch };
        loaders::list(context, key, |message| message.sequence, MessageNode).await
    }
}

/// Where a session is.
pub(super) struct StateNode(pub(super) Arc<Placed<State>>);

/// Where a conversation that is a session goes on.
#[Object(name = "ConversationSession", crate = "library")]
impl StateNode {
    /// The project that it is about, where the caller may see it.
    async fn project(&self, context: &Context<'_>) -> Result<Option<ProjectNode>> {
        let project = loaders::maybe(context, self.0.active_project_id).await?;
        Ok(project.map(ProjectNode))
    }

    /// The chat that goes on; null where the next message begins one.
    async fn chat(&self, context: &Context<'_>) -> Result<Option<ChatNode>> {
        let chat = loaders::maybe(context, self.0.active_chat_id).await?;
        Ok(chat.map(ChatNode))
    }

    /// Where in the project it is; empty at its root.
    async fn current_path(&self) -> &str {
        &self.0.current_path
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}
