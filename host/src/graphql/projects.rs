//! The caller and their projects.

use async_graphql::{Context, ID, Object, Result};
use store::projects::Project;
use store::users::User;

use super::agents::AgentNode;
use super::channels::ChannelNode;
use super::scalars::Time;
use super::{asked_by, failure};
use crate::service::{agents, channels, projects};

/// A person with a login.
pub(super) struct UserNode(User);

#[Object(name = "User")]
impl UserNode {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Their address.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// What they are called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Since when they have an account.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

/// A project holds agents, channels and members.
pub(super) struct ProjectNode(Project);

#[Object(name = "Project")]
impl ProjectNode {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name in addresses.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Since when it exists.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// Its agents, oldest first.
    async fn agents(&self, context: &Context<'_>) -> Result<Vec<AgentNode>> {
        let (cx, caller) = asked_by(context)?;
        let list = agents::list(cx, caller, self.0.id)
            .await
            .map_err(failure::told)?;
        Ok(list.into_iter().map(AgentNode).collect())
    }

    /// Its channels, oldest first.
    async fn channels(&self, context: &Context<'_>) -> Result<Vec<ChannelNode>> {
        let (cx, caller) = asked_by(context)?;
        let list = channels::list(cx, caller, self.0.id)
            .await
            .map_err(failure::told)?;
        Ok(list.into_iter().map(ChannelNode).collect())
    }
}

#[derive(Default)]
pub(super) struct ProjectsQuery;

#[Object]
impl ProjectsQuery {
    /// Who asks.
    async fn viewer(&self, context: &Context<'_>) -> Result<UserNode> {
        let (cx, caller) = asked_by(context)?;
        projects::viewer(cx, caller)
            .await
            .map(UserNode)
            .map_err(failure::told)
    }

    /// The projects that the caller is a member of, oldest first.
    async fn projects(&self, context: &Context<'_>) -> Result<Vec<ProjectNode>> {
        let (cx, caller) = asked_by(context)?;
        let list = projects::list(cx, caller).await.map_err(failure::told)?;
        Ok(list.into_iter().map(ProjectNode).collect())
    }

    /// A project by its slug or id.
    async fn project(&self, context: &Context<'_>, slug: String) -> Result<ProjectNode> {
        let (cx, caller) = asked_by(context)?;
        projects::find(cx, caller, &slug)
            .await
            .map(ProjectNode)
            .map_err(failure::told)
    }
}
