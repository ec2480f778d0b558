//! Turns, with their trace.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use store::turns::{Moment, TurnTrace};

use super::agents::AgentNode;
use super::connection::{self, Nodes, Paging};
use super::conversations::ConversationNode;
use super::loaders::{self, Short};
use super::messages::MessageNode;
use super::modules::ModuleNode;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::placed::{Placed, Rooted};
use crate::service::turns;

/// How a turn stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
enum TurnStatus {
    /// It waits, or runs.
    Queued,
    /// It ended as it should.
    Done,
    /// It did not, for the reason given.
    Failed,
    /// No one was there to run it.
    Skipped,
}

/// One run of an agent on one event.
pub(super) struct TurnNode(pub(super) Arc<Placed<TurnTrace>>);

/// One run of an agent on one event, and all that came of it.
#[Object(name = "Turn", crate = "library")]
impl TurnNode {
    /// Names it everywhere: `trn_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// The id of the conversation.
    async fn conversation_id(&self) -> ID {
        self.0.conversation_id.public().into()
    }

    /// The conversation.
    async fn conversation(&self, context: &Context<'_>) -> Result<Option<ConversationNode>> {
        let conversation = loaders::one(context, self.0.conversation_id).await?;
        Ok(conversation.map(ConversationNode))
    }

    /// The id of the message that started it; none where a timer did.
    async fn message_id(&self) -> Option<ID> {
        self.0.message_id.map(|id| id.public().into())
    }

    /// The message that started it; none where a timer did.
    async fn message(&self, context: &Context<'_>) -> Result<Option<MessageNode>> {
        let message = loaders::maybe(context, self.0.message()).await?;
        Ok(message.map(MessageNode))
    }

    /// The id of the agent that ran it, or is to.
    async fn agent_id(&self) -> Option<ID> {
        self.0.agent_id.map(|id| id.public().into())
    }

    /// The agent that ran it, or is to, unless it is gone.
    async fn agent(&self, context: &Context<'_>) -> Result<Option<AgentNode>> {
        let agent = loaders::maybe(context, self.0.agent_id).await?;
        Ok(agent.map(AgentNode))
    }

    /// How it stands.
    async fn status(&self) -> TurnStatus {
        match self.0.status.as_str() {
            "done" => TurnStatus::Done,
            "failed" => TurnStatus::Failed,
            "skipped" => TurnStatus::Skipped,
            _ => TurnStatus::Queued,
        }
    }

    /// How often it was started.
    async fn attempts(&self) -> i16 {
        self.0.attempts
    }

    /// The module that ran it, or that it was begun on.
    async fn module(&self, context: &Context<'_>) -> Result<Option<ModuleNode>> {
        let module = loaders::maybe(context, self.0.module_digest).await?;
        Ok(module.map(ModuleNode))
    }

    /// When it was added.
    async fn queued_at(&self) -> Time {
        Time(self.0.queued_at)
    }

    /// When it was last started.
    async fn started_at(&self) -> Option<Time> {
        self.0.started_at.map(Time)
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<Time> {
        self.0.finished_at.map(Time)
    }

    /// Milliseconds that it waited before it was last started.
    async fn queue_millis(&self) -> Option<i64> {
        let started = self.0.started_at?;
        Some((started - self.0.queued_at).num_milliseconds().max(0))
    }

    /// Microseconds in the agent's own code.
    async fn guest_micros(&self) -> Option<i64> {
        self.0.guest_micros
    }

    /// How often the agent called the host.
    async fn host_calls(&self) -> Option<i32> {
        self.0.host_calls
    }

    /// The most memory that the agent had, in bytes.
    async fn memory_peak(&self) -> Option<i64> {
        self.0.memory_peak
    }

    /// A stable name of what went wrong, such as `deadline` or `trap`.
    async fn error_code(&self) -> Option<&str> {
        self.0.error_code.as_deref()
    }

    /// What went wrong.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// What it said, in order.
    #[graphql(complexity = "3 * child_complexity")]
    async fn replies(&self, context: &Context<'_>) -> Result<Vec<MessageNode>> {
        let replies = loaders::all(context, Short::of(self.0.place())).await?;
        Ok(replies.into_iter().map(MessageNode).collect())
    }
}

#[derive(Default)]
pub(super) struct TurnsQuery;

#[Object]
impl TurnsQuery {
    /// The turns of an agent, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn turns(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent, by name or id.")] agent: String,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<TurnNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = turns::stretch(cx, caller, &agent, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |turn| Moment::of(turn), TurnNode))
    }

    /// A turn.
    async fn turn(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<TurnNode> {
        let (cx, caller) = asked_by(context)?;
        let turn = turns::find(cx, caller, read_id("id", &id)?).await;
        turn.map(Arc::new).map(TurnNode).map_err(failure::told)
    }
}
