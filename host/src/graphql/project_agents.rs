//! The agents that work in a project: those that live in it, and those of other projects that were added.

use async_graphql::{Context, ID, InputObject, Object, Result};
use store::project_agents::ProjectAgent;

use super::agents::AgentNode;
use super::projects::UserNode;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, loaders, read_id};
use crate::service::project_agents;

/// Agents that a project is taken to have, for what a query costs.
const USUAL: usize = 50;

/// An agent that works in a project.
pub(super) struct ProjectAgentNode(ProjectAgent);

/// An agent that works in a project.
#[Object(name = "ProjectAgent", crate = "library")]
impl ProjectAgentNode {
    /// The agent's id.
    async fn agent_id(&self) -> ID {
        self.0.agent_id.public().into()
    }

    /// The agent, where the caller may see it: one that was added lives in another project.
    async fn agent(&self, context: &Context<'_>) -> Result<Option<AgentNode>> {
        let agent = loaders::one(context, self.0.agent_id).await?;
        Ok(agent.map(AgentNode))
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it answers where no channel says who does.
    async fn leads(&self) -> bool {
        self.0.is_lead
    }

    /// Who added it, where it lives in another project.
    async fn added_by(&self, context: &Context<'_>) -> Result<Option<UserNode>> {
        let user = loaders::maybe(context, self.0.added_by).await?;
        Ok(user.map(UserNode))
    }

    /// Since when it works there.
    async fn added_at(&self) -> Time {
        Time(self.0.added_at)
    }
}

/// An agent to have work in a project.
#[derive(InputObject)]
struct AddProjectAgentInput {
    /// The project.
    project_id: ID,
    /// The agent, of this project or of another one whose agents the caller may change.
    agent_id: ID,
    /// Whether it answers where no channel says who does.
    #[graphql(default)]
    leads: bool,
}

/// An agent to take out of a project.
#[derive(InputObject)]
struct RemoveProjectAgentInput {
    /// The project.
    project_id: ID,
    /// The agent.
    agent_id: ID,
}

#[derive(Default)]
pub(super) struct ProjectAgentsQuery;

#[Object]
impl ProjectAgentsQuery {
    /// All agents that work in a project, its lead first: those that live in it, and those of other projects that were added.
    #[graphql(complexity = "1 + USUAL * child_complexity")]
    async fn project_agents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] project_id: ID,
    ) -> Result<Vec<ProjectAgentNode>> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &project_id)?;
        let list = project_agents::list(cx, caller, project).await;
        let list = list.map_err(failure::told)?.into_iter();
        Ok(list.map(ProjectAgentNode).collect())
    }
}

#[derive(Default)]
pub(super) struct ProjectAgentsMutation;

#[Object]
impl ProjectAgentsMutation {
    /// Has an agent work in a project, or makes one that does its lead, or its lead no more. One of another project may answer
    /// on this one's channels from then on, and stays where it lives.
    async fn add_project_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Where, and which.")] input: AddProjectAgentInput,
    ) -> Result<ProjectAgentNode> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &input.project_id)?;
        let added = project_agents::add(cx, caller, project, &input.agent_id, input.leads).await;
        added.map(ProjectAgentNode).map_err(failure::told_of_input)
    }

    /// Takes an agent out of a project that was added to it: it answers on none of the project's channels any more. Its id is
    /// returned. One that lives in the project is deleted instead.
    async fn remove_project_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "From where, and which.")] input: RemoveProjectAgentInput,
    ) -> Result<ID> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &input.project_id)?;
        let agent = read_id("agentId", &input.agent_id)?;
        let removed = project_agents::remove(cx, caller, project, agent).await;
        removed.map_err(failure::told)?;
        Ok(input.agent_id)
    }
}
