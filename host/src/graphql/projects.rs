//! The caller and their projects.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use store::projects::Project;
use store::users::User;

use super::agents::AgentNode;
use super::channels::ChannelNode;
use super::connection::{self, Nodes, Paging};
use super::loaders::{
    self, AgentsOfProject, ChannelsOfProject, MembersOfProject, ProvidersOfProject,
    ToolsetsOfProject, WorkflowsOfProject,
};
use super::members::MemberNode;
use super::providers::ProviderNode;
use super::resolve::library;
use super::scalars::Time;
use super::toolsets::ToolsetNode;
use super::users::OrganizationRoleShown;
use super::workflows::WorkflowNode;
use super::{asked_by, failure, read_id, wallets};
use crate::auth::Operation;
use crate::service::placed::Rooted;
use crate::service::projects::{self, NewProject, ProjectChanges};
use crate::service::wallets::Held;

/// A person with a login.
pub(super) struct UserNode(pub(super) Arc<User>);

/// A person with a login.
#[Object(name = "User", crate = "library")]
impl UserNode {
    /// Names them everywhere: `usr_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// Their address; none before someone has set up an account that a channel made for them.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// What they are called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What they may do in the organization as a whole.
    async fn organization_role(&self) -> OrganizationRoleShown {
        self.0.organization_role.into()
    }

    /// The address of their Solana wallet, in base58: for themselves and for owners of the organization.
    async fn wallet_address(&self, context: &Context<'_>) -> Result<Option<String>> {
        wallets::address(context, Held::User(self.0.id)).await
    }

    /// Since when they have an account.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When they were removed from the organization, if they were.
    async fn removed_at(&self) -> Option<Time> {
        self.0.removed_at.map(Time)
    }
}

/// A project holds agents, channels and members.
pub(super) struct ProjectNode(pub(super) Arc<Project>);

/// A project holds agents, channels and members.
#[Object(name = "Project", crate = "library")]
impl ProjectNode {
    /// Names it everywhere: `prj_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
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

    /// The id of the agent that answers where no channel says who does; without one, the oldest that runs.
    async fn primary_agent_id(&self) -> Option<ID> {
        self.0.primary_agent_id.map(|id| id.public().into())
    }

    /// Its agents, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn agents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<AgentNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = AgentsOfProject { parent, stretch };
        loaders::list(context, key, |agent| agent.id, AgentNode).await
    }

    /// Its channels, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn channels(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ChannelNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = ChannelsOfProject { parent, stretch };
        loaders::list(context, key, |channel| channel.id, ChannelNode).await
    }

    /// Its members, in the order of their accounts.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn members(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<MemberNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = MembersOfProject { parent, stretch };
        loaders::list(context, key, |member| member.user_id, MemberNode::listed).await
    }

    /// Where its agents ask language models, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn providers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ProviderNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = ProvidersOfProject { parent, stretch };
        loaders::list(context, key, |provider| provider.id, ProviderNode).await
    }

    /// The toolsets that its agents may use, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn toolsets(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ToolsetNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = ToolsetsOfProject { parent, stretch };
        loaders::list(context, key, |toolset| toolset.id, ToolsetNode).await
    }

    /// Its workflows, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn workflows(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<WorkflowNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = WorkflowsOfProject { parent, stretch };
        loaders::list(context, key, |workflow| workflow.id, WorkflowNode).await
    }
}

#[derive(Default)]
pub(super) struct ProjectsQuery;

#[Object]
impl ProjectsQuery {
    /// Who asks.
    async fn viewer(&self, context: &Context<'_>) -> Result<UserNode> {
        let (cx, caller) = asked_by(context)?;
        let viewer = projects::viewer(cx, caller).await;
        viewer.map(Arc::new).map(UserNode).map_err(failure::told)
    }

    /// The projects that the caller is a member of, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn projects(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ProjectNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = projects::stretch(cx, caller, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |project| project.id, ProjectNode))
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

    /// A project.
    async fn project(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its slug or its id.")] slug: String,
    ) -> Result<ProjectNode> {
        let (cx, caller) = asked_by(context)?;
        let project = projects::find(cx, caller, &slug).await;
        project
            .map(Arc::new)
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
    /// Who answers where no channel says who does; null for the oldest agent that runs.
    primary_agent_id: MaybeUndefined<ID>,
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
        made.map(Arc::new).map(ProjectNode).map_err(failure::told)
    }

    /// Changes a project.
    async fn update_project(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateProjectInput,
    ) -> Result<ProjectNode> {
        let (cx, caller) = asked_by(context)?;
        let agent = match input.primary_agent_id {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(id) => Some(Some(read_id("primaryAgentId", &id)?)),
        };
        let changes = ProjectChanges {
            name: input.name,
            slug: input.slug,
            primary_agent_id: agent,
        };
        let id = read_id("id", &input.id)?;
        let changed = projects::update(cx, caller, id, changes).await;
        changed
            .map(Arc::new)
            .map(ProjectNode)
            .map_err(failure::told)
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
