//! Grants.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result};
use store::agents::Grant;

use super::agents::AgentNode;
use super::resolve::library;
use super::scalars::{Json, Time};
use super::{asked_by, failure};
use crate::service::grants;

/// A capability that an owner allowed an agent.
pub(super) struct GrantNode(pub(super) Arc<Grant>);

/// A capability that an owner allowed an agent.
#[Object(name = "Grant", crate = "library")]
impl GrantNode {
    /// The capability's name, such as `state`.
    async fn capability(&self) -> &str {
        &self.0.capability
    }

    /// What it is bound to, such as the hosts that may be reached: a JSON object.
    async fn terms(&self) -> Json {
        Json(self.0.terms.clone())
    }

    /// Since when.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

/// A capability to allow an agent.
#[derive(InputObject)]
struct AllowCapabilityInput {
    /// The agent, by id or name.
    agent: ID,
    /// The capability's name, such as `state`.
    capability: String,
    /// What it is bound to: a JSON object.
    terms: Option<Json>,
}

/// A capability to take back from an agent.
#[derive(InputObject)]
struct WithdrawCapabilityInput {
    /// The agent, by id or name.
    agent: ID,
    /// The capability's name, such as `state`.
    capability: String,
}

#[derive(Default)]
pub(super) struct GrantsMutation;

#[Object]
impl GrantsMutation {
    /// Allows an agent a capability, or changes the terms on which it has it.
    async fn allow_capability(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "To whom, what, and on what terms.")] input: AllowCapabilityInput,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        let terms = input.terms.map(|json| json.0);
        let agent = grants::allow(cx, caller, &input.agent, &input.capability, terms).await;
        agent.map(Arc::new).map(AgentNode).map_err(failure::told)
    }

    /// Takes a capability back from an agent: its next turn is without it.
    async fn withdraw_capability(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "From whom, and what.")] input: WithdrawCapabilityInput,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        let agent = grants::withdraw(cx, caller, &input.agent, &input.capability).await;
        agent.map(Arc::new).map(AgentNode).map_err(failure::told)
    }
}
