//! Calls of tools that wait for someone to say whether they may be made.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use store::tool_calls::{CallStatus, ToolCall};

use super::agents::AgentNode;
use super::connection::{self, Nodes, Paging};
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, loaders, read_id};
use crate::service::tool_calls;

/// Where a call of a tool stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "ToolCallStatus", remote = "CallStatus")]
pub(super) enum CallStatusShown {
    /// Someone is asked whether it may be made.
    Asked,
    /// Someone said yes, and its turn has not gone on yet.
    Approved,
    /// Someone said no, or nobody anything in time.
    Declined,
    /// It was made, or could not be: its turn knows what came of it.
    Answered,
}

/// What a turn asked of a tool.
pub(super) struct ToolCallNode(pub(super) Arc<ToolCall>);

/// What a turn asked of a tool. Where it waits, its turn goes on after `approveToolCall` or `declineToolCall`, or what the person in
/// the chat says.
#[Object(name = "ToolCall", crate = "library")]
impl ToolCallNode {
    /// Names it everywhere: `tcl_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// The tool, as agents name it.
    async fn name(&self) -> &str {
        self.0.name.as_deref().unwrap_or_default()
    }

    /// JSON, as the agent wrote it.
    async fn arguments(&self) -> &str {
        self.0.arguments.as_deref().unwrap_or_default()
    }

    /// Where it stands.
    async fn status(&self) -> CallStatusShown {
        self.0.status.into()
    }

    /// The id of the turn.
    async fn turn_id(&self) -> ID {
        self.0.turn_id.public().into()
    }

    /// The id of the conversation.
    async fn conversation_id(&self) -> ID {
        self.0.conversation_id.public().into()
    }

    /// The agent, if it is still there.
    async fn agent(&self, context: &Context<'_>) -> Result<Option<AgentNode>> {
        let agent = loaders::one(context, self.0.agent_id).await?;
        Ok(agent.map(AgentNode))
    }

    /// Since when it waits, or when it was made.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// Until when it waits for someone, where it does.
    async fn expires_at(&self) -> Option<Time> {
        self.0.expires_at.map(Time)
    }

    /// When someone said whether it may be made.
    async fn decided_at(&self) -> Option<Time> {
        self.0.decided_at.map(Time)
    }
}

#[derive(Default)]
pub(super) struct ToolCallsQuery;

#[Object]
impl ToolCallsQuery {
    /// The calls of tools in a project that wait for someone to say whether they may be made, the oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn waiting_tool_calls(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project, by slug or id; else the caller's default one.")]
        project: Option<String>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ToolCallNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = tool_calls::stretch(cx, caller, project.as_deref(), &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |call| call.id, ToolCallNode))
    }
}

#[derive(Default)]
pub(super) struct ToolCallsMutation;

#[Object]
impl ToolCallsMutation {
    /// Says that a call of a tool may be made that waits for it. Its turn goes on.
    async fn approve_tool_call(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<ToolCallNode> {
        decide(context, &id, true).await
    }

    /// Says that a call of a tool may not be made that waits for it. Its turn goes on without.
    async fn decline_tool_call(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<ToolCallNode> {
        decide(context, &id, false).await
    }
}

async fn decide(context: &Context<'_>, id: &ID, is_allowed: bool) -> Result<ToolCallNode> {
    let (cx, caller) = asked_by(context)?;
    let decided = tool_calls::decide(cx, caller, read_id("id", id)?, is_allowed).await;
    decided
        .map(Arc::new)
        .map(ToolCallNode)
        .map_err(failure::told)
}
