//! Participants of a group.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use store::groups::GroupMember;

use super::agents::AgentNode;
use super::contacts::ContactNode;
use super::loaders;
use super::resolve::library;
use super::scalars::Time;
use crate::service::placed::Placed;

/// Someone who is in a group, as far as that is known.
pub(super) struct ParticipantNode(pub(super) Arc<Placed<GroupMember>>);

/// Someone who is in a group, as far as that is known.
#[Object(name = "Participant", crate = "library")]
impl ParticipantNode {
    /// The platform's id of the person.
    async fn platform_user_id(&self) -> &str {
        &self.0.platform_user_id
    }

    /// The contact that they are, where they have said something themselves.
    async fn contact(&self, context: &Context<'_>) -> Result<Option<ContactNode>> {
        let contact = loaders::maybe(context, self.0.contact()).await?;
        Ok(contact.map(ContactNode))
    }

    /// The agent that they named last, who gets what they say without naming anyone.
    async fn agent(&self, context: &Context<'_>) -> Result<Option<AgentNode>> {
        let agent = loaders::maybe(context, self.0.agent_id).await?;
        Ok(agent.map(AgentNode))
    }

    /// Whether they named the host itself last, by `@chatdev`.
    async fn is_with_host(&self) -> bool {
        self.0.is_with_host
    }

    /// Since when they are known to be in it.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}
