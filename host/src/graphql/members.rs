//! Who is in a project.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use store::members::{Member, Role};
use store::users::User;

use super::connection::{self, Nodes, Paging};
use super::loaders;
use super::projects::{ProjectNode, UserNode};
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::members;
use crate::service::placed::Rooted;

/// What a member may do in a project.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "Role", remote = "Role")]
pub(super) enum RoleShown {
    /// Everything, and there is always one.
    Owner,
    /// Everything but what concerns owners.
    Admin,
    /// Work with what is there.
    Member,
    /// Look.
    Viewer,
}

/// A person with a role in a project.
pub(super) struct MemberNode {
    member: Arc<Member>,
    /// Where they are known already: of one who has left no more is loaded.
    user: Option<Arc<User>>,
}

impl MemberNode {
    /// One of a list.
    pub(super) fn listed(member: Arc<Member>) -> Self {
        Self { member, user: None }
    }
}

impl From<(Member, User)> for MemberNode {
    fn from((member, user): (Member, User)) -> Self {
        Self {
            member: Arc::new(member),
            user: Some(Arc::new(user)),
        }
    }
}

/// A person with a role in a project.
#[Object(name = "Member", crate = "library")]
impl MemberNode {
    /// The id of the project.
    async fn project_id(&self) -> ID {
        self.member.project_id.public().into()
    }

    /// The project, while the caller may see it.
    async fn project(&self, context: &Context<'_>) -> Result<Option<ProjectNode>> {
        let project = loaders::one(context, self.member.project_id).await?;
        Ok(project.map(ProjectNode))
    }

    /// The id of the person.
    async fn user_id(&self) -> ID {
        self.member.user_id.public().into()
    }

    /// The person.
    async fn user(&self, context: &Context<'_>) -> Result<UserNode> {
        let user = match &self.user {
            Some(user) => user.clone(),
            None => loaders::present(context, self.member.place(), "User").await?,
        };
        Ok(UserNode(user))
    }

    /// Their role.
    async fn role(&self) -> RoleShown {
        self.member.role.into()
    }

    /// Since when they are in.
    async fn created_at(&self) -> Time {
        Time(self.member.created_at)
    }
}

#[derive(Default)]
pub(super) struct MembersQuery;

#[Object]
impl MembersQuery {
    /// The members of a project, in the order of their accounts.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn members(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] project_id: ID,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<MemberNode>> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &project_id)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = members::stretch(cx, caller, project, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(
            listed,
            |member| member.user_id,
            MemberNode::listed,
        ))
    }
}

#[derive(Default)]
pub(super) struct MembersMutation;

#[Object]
impl MembersMutation {
    /// Gives a member another role. There is always an owner.
    async fn set_member_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] project_id: ID,
        #[graphql(desc = "The person.")] user_id: ID,
        #[graphql(desc = "The new role.")] role: RoleShown,
    ) -> Result<MemberNode> {
        let (cx, caller) = asked_by(context)?;
        let (project, user) = (
            read_id("projectId", &project_id)?,
            read_id("userId", &user_id)?,
        );
        let changed = members::set_role(cx, caller, project, user, role.into()).await;
        changed.map(Into::into).map_err(failure::told)
    }

    /// Takes a member out; anyone may leave by themselves. There is always an owner.
    async fn remove_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] project_id: ID,
        #[graphql(desc = "The person.")] user_id: ID,
    ) -> Result<MemberNode> {
        let (cx, caller) = asked_by(context)?;
        let (project, user) = (
            read_id("projectId", &project_id)?,
            read_id("userId", &user_id)?,
        );
        let removed = members::remove(cx, caller, project, user).await;
        removed.map(Into::into).map_err(failure::told)
    }
}
