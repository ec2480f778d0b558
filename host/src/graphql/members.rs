//! Who is in a project.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use store::members::{Member, Role};
use store::users::User;

use super::projects::UserNode;
use super::scalars::Time;
use super::{asked_by, failure, page, read_id};
use crate::service::members;

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
    pub(super) member: Member,
    pub(super) user: User,
}

/// A person with a role in a project.
#[Object(name = "Member")]
impl MemberNode {
    /// The project.
    async fn project_id(&self) -> ID {
        self.member.project_id.public().into()
    }

    /// The person.
    async fn user(&self) -> UserNode {
        UserNode(Arc::new(self.user.clone()))
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
    async fn members(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] project_id: ID,
        #[graphql(desc = "At most so many.", default = 50)] first: u32,
        #[graphql(desc = "Those after this person.")] after: Option<ID>,
    ) -> Result<Vec<MemberNode>> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &project_id)?;
        let list = members::list(cx, caller, project, page(first, after.as_ref())?).await;
        let node = |(member, user)| MemberNode { member, user };
        Ok(list.map_err(failure::told)?.into_iter().map(node).collect())
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
        changed
            .map(|(member, user)| MemberNode { member, user })
            .map_err(failure::told)
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
        removed
            .map(|(member, user)| MemberNode { member, user })
            .map_err(failure::told)
    }
}
