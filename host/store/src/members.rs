//! A member is a user with a role in a project.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, ProjectId, UserId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::{members, projects};
use crate::users::OrganizationRole;
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
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = members, check_for_backend(diesel::pg::Pg))]
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

const OF_PROJECTS: Listing = listing!(Up, "members", "project_id", "user_id");

/// The members of each project, in the order of their accounts.
pub async fn of_projects(
    store: &Store,
    owner: OrganizationId,
    projects: &[ProjectId],
    stretch: &Stretch<UserId>,
) -> Result<HashMap<ProjectId, Listed<Member>>, StoreError> {
    read!(store, OF_PROJECTS, owner, projects, stretch, Uuid; |row: &Member| row.project_id, |row| row.user_id)
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

/// What someone is: in their organization, and in the projects of it that they are a member of.
#[derive(Clone, Debug)]
pub struct Standings {
    /// In the organization as a whole.
    pub of_organization: OrganizationRole,
    /// In each of their projects.
    pub of_projects: HashMap<ProjectId, Role>,
}

/// Every request that reads through loaders asks it once.
const STANDINGS: &str = "
    SELECT q.ordinal, u.organization_role, m.project_id, m.role
    FROM unnest($1, $2) WITH ORDINALITY AS q (organization_id, user_id, ordinal)
    JOIN users u ON u.id = q.user_id AND u.organization_id = q.organization_id AND u.removed_at IS NULL
    LEFT JOIN (
        members m JOIN projects p
            ON p.organization_id = m.organization_id AND p.id = m.project_id AND p.deleted_at IS NULL
    ) ON m.user_id = u.id AND m.organization_id = u.organization_id";

#[derive(QueryableByName)]
struct StandingRow {
    #[diesel(sql_type = BigInt)]
    ordinal: i64,
    #[diesel(sql_type = Text)]
    organization_role: OrganizationRole,
    #[diesel(sql_type = Nullable<Uuid>)]
    project_id: Option<ProjectId>,
    #[diesel(sql_type = Nullable<Text>)]
    role: Option<Role>,
}

/// What a user of an organization is in it and in its projects, in one statement.
pub async fn standings(
    store: &Store,
    owner: OrganizationId,
    user: UserId,
) -> Result<Option<Standings>, StoreError> {
    let found = standings_of(store, &[(owner, user)]).await?;
    Ok(found.into_iter().next().flatten())
}

/// The same of many users, in their order.
pub async fn standings_of(
    store: &Store,
    users: &[(OrganizationId, UserId)],
) -> Result<Vec<Option<Standings>>, StoreError> {
    let (owners, ids): (Vec<_>, Vec<_>) = users.iter().copied().unzip();
    let statement = hot::statement(STANDINGS)
        .bind::<Array<Uuid>, _>(owners)
        .bind::<Array<Uuid>, _>(ids);
    let rows: Vec<StandingRow> = statement.load(&mut store.connection().await?).await?;
    let mut found = vec![None; users.len()];
    for row in rows {
        let place = usize::try_from(row.ordinal - 1).ok();
        let Some(place) = place.and_then(|place| found.get_mut(place)) else {
            continue;
        };
        let standings = place.get_or_insert_with(|| Standings {
            of_organization: row.organization_role,
            of_projects: HashMap::new(),
        });
        standings.of_projects.extend(row.project_id.zip(row.role));
    }
    Ok(found)
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

/// The keys of a project and of its agents that someone made: they have seen the text of each.
const END_KEYS: &str = "
    UPDATE tokens SET revoked_at = now()
    WHERE organization_id = $1 AND created_by = $3 AND revoked_at IS NULL AND (
        kind = 'project' AND subject_id = $2
        OR kind = 'agent' AND subject_id IN (SELECT id FROM agents WHERE organization_id = $1 AND project_id = $2)
    )";

/// Takes a member out, and ends the keys that they made there. The last owner stays: a refusal of [`LAST_OWNER`].
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
            let member = delete.get_result(connection).await?;
            hot::statement(END_KEYS)
                .bind::<Uuid, _>(owner)
                .bind::<Uuid, _>(project)
                .bind::<Uuid, _>(user)
                .execute(connection)
                .await?;
            Ok(member)
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
