//! A member is a user with a role in a project.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::ids::{OrganizationId, ProjectId, UserId};
use crate::page::Time;
use crate::pool::Store;
use crate::schema::members;
use crate::words::words;

words! {
    /// What a member may do, from most to least; the services hold the table of rights.
    pub enum Role {
        /// Everything, and there is always one.
        Owner = "owner",
        /// Everything but what concerns owners.
        Admin = "admin",
        /// Work with what is there.
        Member = "member",
        /// Look.
        Viewer = "viewer",
    }
}

/// One row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Member {
    /// The project.
    pub project_id: ProjectId,
    /// The user.
    pub user_id: UserId,
    /// Their role.
    pub role: Role,
    /// Since when.
    pub created_at: Time,
}

/// A row to insert.
#[derive(Clone, Copy, Debug, Insertable)]
#[diesel(table_name = members)]
pub struct NewMember {
    /// Whose project.
    pub organization_id: OrganizationId,
    /// The project.
    pub project_id: ProjectId,
    /// The user.
    pub user_id: UserId,
    /// Their role.
    pub role: Role,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of_project(organization_id: OrganizationId, project_id: ProjectId) -> _ {
    members::table
        .filter(members::organization_id.eq(organization_id))
        .filter(members::project_id.eq(project_id))
}

/// Adds a member. One who is in already is a conflict of `members_pkey`.
pub async fn create(store: &Store, new: NewMember) -> Result<Member, StoreError> {
    let insert = diesel::insert_into(members::table)
        .values(new)
        .returning(Member::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// The role of a user in a project, if they have one.
pub async fn role(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    user: UserId,
) -> Result<Option<Role>, StoreError> {
    let query = of_project(owner, project)
        .filter(members::user_id.eq(user))
        .select(members::role);
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The members of a project, in the order of their accounts.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
) -> Result<Vec<Member>, StoreError> {
    let query = of_project(owner, project)
        .order(members::user_id)
        .select(Member::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// The projects that a user is in, with their role.
pub async fn list_of_user(
    store: &Store,
    owner: OrganizationId,
    user: UserId,
) -> Result<Vec<Member>, StoreError> {
    let query = members::table
        .filter(members::organization_id.eq(owner))
        .filter(members::user_id.eq(user))
        .order(members::project_id)
        .select(Member::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Gives a member another role.
pub async fn set_role(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    user: UserId,
    role: Role,
) -> Result<Member, StoreError> {
    let member = of_project(owner, project).filter(members::user_id.eq(user));
    let update = diesel::update(member)
        .set(members::role.eq(role))
        .returning(Member::as_returning());
    Ok(update.get_result(&mut store.connection().await?).await?)
}

/// Takes a member out.
pub async fn delete(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    user: UserId,
) -> Result<(), StoreError> {
    let member = of_project(owner, project).filter(members::user_id.eq(user));
    match diesel::delete(member)
        .execute(&mut store.connection().await?)
        .await?
    {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}
