//! Members: a member is a user with a role in a project. They come by invites; there is always an owner.

use std::collections::HashMap;

use serde_json::json;
use store::StoreError;
use store::ids::{ProjectId, UserId};
use store::members::{self, LAST_OWNER, Member};
use store::page::{Listed, Stretch};
use store::users::User;

use super::audit::{self, Change};
use super::placed::{self, Within};
use super::users;
use crate::auth::{Caller, Operation, Reach, Role};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;

/// A stretch of the members of a project, in the order of their accounts.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    stretch: &Stretch<UserId>,
) -> Result<Listed<Member>> {
    caller.require(cx, project, Operation::ReadMembers).await?;
    let owner = caller.organization_id;
    let mut lists = members::of_projects(&cx.store, owner, &[project], stretch).await?;
    Ok(lists.remove(&project).unwrap_or_default())
}

/// A stretch of the members of each project, in the order of their accounts.
pub async fn of_projects(
    cx: &Context,
    reach: &Reach,
    projects: &[Within<ProjectId>],
    stretch: &Stretch<UserId>,
) -> Result<HashMap<Within<ProjectId>, Listed<Member>>> {
    let parents = placed::allowed(reach, projects, Operation::ReadMembers);
    let ids = placed::ids(&parents);
    let read = members::of_projects(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, |member, _| member))
}

/// Gives a member another role.
pub async fn set_role(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    user: UserId,
    role: Role,
) -> Result<(Member, User)> {
    let before = authorise(cx, caller, project, user, Some(role)).await?;
    let change = Change::of("setMemberRole", project, "member", user)
        .with(json!({ "from": before, "to": role }));
    let member = audit::change(cx, caller, change, async {
        members::set_role(&cx.store, caller.organization_id, project, user, role)
            .await
            .map_err(|error| told(error, user))
    })
    .await?;
    cx.live.changed(Topic::Rights(user));
    Ok((member, users::of_organization(cx, caller, user).await?))
}

/// Takes a member out, and ends the keys that they made there. Anyone may leave by themselves.
pub async fn remove(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    user: UserId,
) -> Result<(Member, User)> {
    let before = if caller.person().ok() == Some(user) {
        caller.require(cx, project, Operation::ReadMembers).await?;
        None
    } else {
        Some(authorise(cx, caller, project, user, None).await?)
    };
    let change =
        Change::of("removeMember", project, "member", user).with(json!({ "from": before }));
    let member = audit::change(cx, caller, change, async {
        members::delete(&cx.store, caller.organization_id, project, user)
            .await
            .map_err(|error| told(error, user))
    })
    .await?;
    cx.live.changed(Topic::Rights(user));
    Ok((member, users::of_organization(cx, caller, user).await?))
}

/// Makes sure that the caller may change this member; what concerns owners is owners' alone. Gives the role until now.
async fn authorise(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    user: UserId,
    to: Option<Role>,
) -> Result<Role> {
    caller
        .require(cx, project, Operation::ManageMembers)
        .await?;
    let before = members::role(&cx.store, caller.organization_id, project, user).await?;
    let before = before.ok_or_else(|| Error::not_found("Member", user))?;
    if before == Role::Owner || to == Some(Role::Owner) {
        caller.require(cx, project, Operation::ManageOwners).await?;
    }
    Ok(before)
}

fn told(error: StoreError, user: UserId) -> Error {
    match error {
        error if error.is_refusal_of(LAST_OWNER) => Error::conflict(
            format!("Member `{user}`"),
            "is the last owner of the project; make another one first",
        ),
        StoreError::NotFound => Error::not_found("Member", user),
        error => error.into(),
    }
}
