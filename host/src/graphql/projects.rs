//! The caller and their projects.

use async_graphql::{Context, ID, InputObject, Object, Result};
use store::projects::Project;
use store::users::User;

use super::agents::AgentNode;
use super::channels::ChannelNode;
use super::scalars::Time;
use super::users::OrganizationRoleShown;
use super::{asked_by, failure, read_id};
use crate::auth::Operation;
use crate::service::projects::{NewProject, ProjectChanges};
use crate::service::{agents, channels, projects};

/// A person with a login.
pub(super) struct UserNode(pub(super) User);

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

    /// What they may do in the organization as a whole.
    async fn organization_role(&self) -> OrganizationRoleShown {
        self.0.organization_role.into()
    }

    /// Since when they have an account.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

/// A project holds agents, channels and members.
pub(super) struct ProjectNode(pub(super) Project);

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

    /// What the caller may do in a project, or, without one, in their organization as a whole.
    async fn permissions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] project_id: Option<ID>,
    ) -> Result<Vec<Operation>> {
        let (cx, caller) = asked_by(context)?;
        let project = project_id.map(|id| read_id("projectId", &id)).transpose()?;
        projects::permissions(cx, caller, project)
            .await
            .map_err(failure::told)
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

/// A project to make.
#[derive(InputObject)]
struct CreateProjectInput {
    /// Its name for people.
    name: String,
    /// Its name in addresses: lower-case letters, digits and `-`. Else it is made of the name, with a number if it is
    /// taken.
    slug: Option<String>,
}

/// What to change of a project; what is left out stays.
#[derive(InputObject)]
struct UpdateProjectInput {
    /// The project.
    id: ID,
    /// Another name for people.
    name: Option<String>,
    /// Another name in addresses.
    slug: Option<String>,
}

#[derive(Default)]
pub(super) struct ProjectsMutation;

#[Object]
impl ProjectsMutation {
    /// Makes a project, of which the caller is the owner.
    async fn create_project(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] input: CreateProjectInput,
    ) -> Result<ProjectNode> {
        let (cx, caller) = asked_by(context)?;
        let new = NewProject {
            name: input.name,
            slug: input.slug,
        };
        let made = projects::create(cx, caller, new).await;
        made.map(ProjectNode).map_err(failure::told)
    }

    /// Changes a project.
    async fn update_project(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateProjectInput,
    ) -> Result<ProjectNode> {
        let (cx, caller) = asked_by(context)?;
        let changes = ProjectChanges {
            name: input.name,
            slug: input.slug,
        };
        let id = read_id("id", &input.id)?;
        let changed = projects::update(cx, caller, id, changes).await;
        changed.map(ProjectNode).map_err(failure::told)
    }

    /// Deletes a project and gives its id back: its agents stop, its channels and keys end; what was said stays.
    async fn delete_project(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] id: ID,
    ) -> Result<ID> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("id", &id)?;
        projects::delete(cx, caller, project)
            .await
            .map_err(failure::told)?;
        Ok(id)
    }
}
