//! Schedules.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use store::schedules::Timer;

use super::agents::AgentNode;
use super::conversations::ConversationNode;
use super::loaders;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::schedules;

/// A timer that an agent has set.
pub(super) struct ScheduleNode(pub(super) Arc<Timer>);

/// A timer that an agent has set in a conversation, until it comes due and becomes a turn. One that repeats stays until it is
/// cancelled, and becomes a turn at each of its slots.
#[Object(name = "Schedule", crate = "library")]
impl ScheduleNode {
    /// Names it everywhere: `sch_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// What the agent calls it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it comes due: where it repeats, the next time.
    async fn due_at(&self) -> Time {
        Time(self.0.due_at)
    }

    /// The cron expression that it goes by, where it repeats.
    async fn cron(&self) -> Option<&str> {
        self.0.cron.as_deref()
    }

    /// The time zone of the clock that it goes by, where it repeats.
    async fn time_zone(&self) -> Option<&str> {
        self.0.time_zone.as_deref()
    }

    /// What the agent gets back, in base64.
    async fn payload(&self) -> String {
        STANDARD.encode(&self.0.payload)
    }

    /// Who set it.
    async fn agent(&self, context: &Context<'_>) -> Result<Option<AgentNode>> {
        let agent = loaders::one(context, self.0.agent_id).await?;
        Ok(agent.map(AgentNode))
    }

    /// Where it fires.
    async fn conversation(&self, context: &Context<'_>) -> Result<Option<ConversationNode>> {
        let conversation = loaders::one(context, self.0.conversation_id).await?;
        Ok(conversation.map(ConversationNode))
    }

    /// Since when it is set.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

#[derive(Default)]
pub(super) struct SchedulesMutation;

#[Object]
impl SchedulesMutation {
    /// Takes a timer away before it comes due, or comes due again. It is returned as it was.
    async fn cancel_schedule(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The timer.")] id: ID,
    ) -> Result<ScheduleNode> {
        let (cx, caller) = asked_by(context)?;
        let timer = schedules::cancel(cx, caller, read_id("id", &id)?).await;
        timer.map(Arc::new).map(ScheduleNode).map_err(failure::told)
    }
}
