//! Turns, with their trace.

use async_graphql::{Context, ID, Object, Result};
use store::page::Page;
use store::turns::TurnTrace;

use super::conversations::MessageNode;
use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::turns;

/// One run of an agent on one event, and all that came of it.
pub(super) struct TurnNode(pub(super) TurnTrace);

#[Object(name = "Turn")]
impl TurnNode {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The conversation.
    async fn conversation_id(&self) -> ID {
        self.0.conversation_id.to_string().into()
    }

    /// The message that started it; none where a timer did.
    async fn message_id(&self) -> Option<ID> {
        self.0.message_id.map(|id| id.to_string().into())
    }

    /// The agent that ran it, or is to.
    async fn agent_id(&self) -> Option<ID> {
        self.0.agent_id.map(|id| id.to_string().into())
    }

    /// `queued` (also while it runs), `done`, `failed` or `skipped`.
    async fn status(&self) -> &str {
        &self.0.status
    }

    /// How often it was started.
    async fn attempts(&self) -> i16 {
        self.0.attempts
    }

    /// SHA-256 of the module that ran it.
    async fn module(&self) -> Option<String> {
        self.0.module_digest.map(|digest| digest.to_string())
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
    async fn replies(&self, context: &Context<'_>) -> Result<Vec<MessageNode>> {
        let (cx, caller) = asked_by(context)?;
        let list = turns::said(cx, caller, self.0.id)
            .await
            .map_err(failure::told)?;
        Ok(list.into_iter().map(MessageNode).collect())
    }
}

#[derive(Default)]
pub(super) struct TurnsQuery;

#[Object]
impl TurnsQuery {
    /// The turns of an agent, the newest first.
    async fn turns(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent, by name or id.")] agent: String,
        #[graphql(desc = "At most so many.", default = 20)] first: u32,
        #[graphql(desc = "Those that were queued before this time.")] before: Option<Time>,
    ) -> Result<Vec<TurnNode>> {
        let (cx, caller) = asked_by(context)?;
        let page = Page {
            after: before.map(|time| time.0),
            limit: first,
        };
        let list = turns::list(cx, caller, &agent, page)
            .await
            .map_err(failure::told)?;
        Ok(list.into_iter().map(TurnNode).collect())
    }

    /// A turn.
    async fn turn(&self, context: &Context<'_>, id: ID) -> Result<TurnNode> {
        let (cx, caller) = asked_by(context)?;
        let id = read_id("id", &id)?;
        turns::find(cx, caller, id)
            .await
            .map(TurnNode)
            .map_err(failure::told)
    }
}
