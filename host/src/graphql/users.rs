//! The people of the organization, and one's own account.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use store::users::OrganizationRole;

use super::connection::{self, Nodes, Paging};
use super::projects::UserNode;
use super::{asked_by, failure, read_id};
use crate::service::users::{self, Changes};
use crate::vault::Secret;

/// What a person may do in the organization as a whole.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "OrganizationRole", remote = "OrganizationRole")]
pub(super) enum OrganizationRoleShown {
    /// Everything, and there is always one.
    Owner,
    /// What their projects let them.
    Member,
    /// The same, without seeing the organization: someone whom a channel brought.
    Guest,
}

#[derive(Default)]
pub(super) struct UsersQuery;

#[Object]
impl UsersQuery {
    /// The people of the caller's organization, in the order of their accounts.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn users(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<UserNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = users::stretch(cx, caller, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |user| user.id, UserNode))
    }

    /// A person of the caller's organization.
    async fn user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The person.")] id: ID,
    ) -> Result<UserNode> {
        let (cx, caller) = asked_by(context)?;
        let found = users::find(cx, caller, read_id("id", &id)?).await;
        found.map(Arc::new).map(UserNode).map_err(failure::told)
    }
}

/// What to change of one's own account; what is left out stays.
#[derive(InputObject)]
struct UpdateViewerInput {
    /// What one is called.
    name: Option<String>,
    /// One's e-mail address.
    email: Option<String>,
    /// The password, which another address takes, where the account has one.
    current_password: Option<String>,
}

#[derive(Default)]
pub(super) struct UsersMutation;

#[Object]
impl UsersMutation {
    /// Changes the caller's own account.
    async fn update_viewer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateViewerInput,
    ) -> Result<UserNode> {
        let (cx, caller) = asked_by(context)?;
        let changes = Changes {
            name: input.name,
            email: input.email,
            current_password: input.current_password.map(Secret::new),
        };
        let changed = users::update(cx, caller, changes).await;
        changed.map(Arc::new).map(UserNode).map_err(failure::told)
    }

    /// Gives the caller another password; all of their other sessions end.
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The password until now, where the account has one.")]
        current_password: Option<String>,
        #[graphql(desc = "The new one, of at least 12 characters.")] new_password: String,
    ) -> Result<UserNode> {
        let (cx, caller) = asked_by(context)?;
        let (old, new) = (current_password.map(Secret::new), Secret::new(new_password));
        let changed = users::change_password(cx, caller, old, new).await;
        changed.map(Arc::new).map(UserNode).map_err(failure::told)
    }

    /// Gives a person another role in the organization. There is always an owner.
    async fn set_organization_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The person.")] user_id: ID,
        #[graphql(desc = "The new role.")] role: OrganizationRoleShown,
    ) -> Result<UserNode> {
        let (cx, caller) = asked_by(context)?;
        let user = read_id("userId", &user_id)?;
        let changed = users::set_organization_role(cx, caller, user, role.into()).await;
        changed.map(Arc::new).map(UserNode).map_err(failure::told)
    }

    /// Removes a person from the organization, for its owners: their sessions, personal tokens and memberships end, and the
    /// keys that they made; what they alone owned is the caller's, and their address is free for an invite. What they have said
    /// and done stays.
    async fn remove_user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The person: not the caller.")] user_id: ID,
    ) -> Result<UserNode> {
        let (cx, caller) = asked_by(context)?;
        let removed = users::remove(cx, caller, read_id("userId", &user_id)?).await;
        removed.map(Arc::new).map(UserNode).map_err(failure::told)
    }
}
