//! A member is a user with a role in a project.

use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, ProjectId, UserId};
use crate::page::{Page, Time};
use crate::pool::Store;
use crate::schema::{members, projects};
use crate::words::words;

/// What refuses to leave a project, or an organization, without an owner.
pub const LAST_OWNER: &str = "last_owner";

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

/// Every request of a person asks it.
const ROLE: &str = "
    SELECT role FROM members
    WHERE organization_id = $1 AND project_id = $2 AND user_id = $3 AND EXISTS (
        SELECT FROM projects WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
    )";

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    role: Role,
}

/// The role of a user in a project, if they have one and it is not deleted.
pub async fn role(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    user: UserId,
) -> Result<Option<Role>, StoreError> {
    let statement = hot::statement(ROLE)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(project)
        .bind::<Uuid, _>(user);
    let found: Option<Found> = statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(found.map(|found| found.role))
}

/// A page of the members of a project, in the order of their accounts.
pub async fn page(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    page: Page<UserId>,
) -> Result<Vec<Member>, StoreError> {
    let query = of_project(owner, project)
        .filter(members::user_id.gt(page.after.unwrap_or(UserId::nil())))
        .order(members::user_id)
        .limit(page.limit.into())
        .select(Member::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
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

/// Gives a member another role. The last owner stays one: a refusal of [`LAST_OWNER`].
pub async fn set_role(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    user: UserId,
    role: Role,
) -> Result<Member, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            if role != Role::Owner {
                keep_an_owner(connection, owner, project, user).await?;
            }
            let member = of_project(owner, project).filter(members::user_id.eq(user));
            let update = diesel::update(member)
                .set(members::role.eq(role))
                .returning(Member::as_returning());
            Ok(update.get_result(connection).await?)
        })
        .await
}

/// Takes a member out. The last owner stays: a refusal of [`LAST_OWNER`].
pub async fn delete(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    user: UserId,
) -> Result<Member, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            keep_an_owner(connection, owner, project, user).await?;
            let member = of_project(owner, project).filter(members::user_id.eq(user));
            let delete = diesel::delete(member).returning(Member::as_returning());
            Ok(delete.get_result(connection).await?)
        })
        .await
}

/// Makes sure that `user` is not the last owner. The project's row is locked, so that of two who take each other out one
/// comes second, and sees what the first has done.
async fn keep_an_owner(
    connection: &mut AsyncPgConnection,
    owner: OrganizationId,
    project: ProjectId,
    user: UserId,
) -> Result<(), StoreError> {
    projects::table
        .find((owner, project))
        .select(projects::id)
        .for_no_key_update()
        .get_result::<ProjectId>(connection)
        .await?;
    let owners: Vec<UserId> = of_project(owner, project)
        .filter(members::role.eq(Role::Owner))
        .limit(2)
        .select(members::user_id)
        .load(connection)
        .await?;
    if owners == [user] {
        return Err(StoreError::Refused {
            constraint: LAST_OWNER.to_owned(),
            column: None,
            message: "a project keeps an owner".to_owned(),
        });
    }
    Ok(())
}
