//! Agents.

use async_graphql::{Context, Enum, ID, Object, Result};
use store::agents::{Agent, AgentStatus};

use super::scalars::{Json, Time};
use super::{asked_by, failure};
use crate::service::agents;

/// Whether an agent answers.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "AgentStatus", remote = "AgentStatus")]
pub(super) enum AgentStatusShown {
    /// It does not, because its owner said so or it is new.
    Stopped,
    /// It will, once its module is compiled.
    Starting,
    /// It does.
    Running,
    /// It does not, for the reason given.
    Failed,
}

/// A named, running or stopped instance of a module.
pub(super) struct AgentNode(pub(super) Agent);

#[Object(name = "Agent")]
impl AgentNode {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name, unique in the project whatever its case.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it answers.
    async fn status(&self) -> AgentStatusShown {
        self.0.status.into()
    }

    /// Why it is in that status, where there is something to say.
    async fn status_reason(&self) -> Option<&str> {
        self.0.status_reason.as_deref()
    }

    /// SHA-256 of the module that it points at.
    async fn module(&self) -> Option<String> {
        self.0.module_digest.map(|digest| digest.to_string())
    }

    /// What the module gets with every event.
    async fn configuration(&self) -> Json {
        Json(self.0.configuration.clone())
    }

    /// Since when it exists.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

#[derive(Default)]
pub(super) struct AgentsQuery;

#[Object]
impl AgentsQuery {
    /// The agents of the caller's default project, oldest first.
    async fn agents(&self, context: &Context<'_>) -> Result<Vec<AgentNode>> {
        let (cx, caller) = asked_by(context)?;
        let list = agents::list_default(cx, caller)
            .await
            .map_err(failure::told)?;
        Ok(list.into_iter().map(AgentNode).collect())
    }

    /// An agent by its name in the caller's default project, or by its id.
    async fn agent(&self, context: &Context<'_>, name: String) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        agents::find(cx, caller, &name)
            .await
            .map(AgentNode)
            .map_err(failure::told)
    }
}
