//! A project holds agents, channels and members. Its slug names it within the organization.

mod found;

use diesel::prelude::*;
use diesel::sql_types::Uuid;
use diesel_async::RunQueryDsl;

pub(crate) use self::found::found_on;
pub use self::found::{found, free_slug};
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, OrganizationId, ProjectId, UserId};
use crate::listing::along;
use crate::members::Role;
use crate::page::{Listed, Page, Stretch, Time};
use crate::pool::Store;
use crate::schema::{members, projects, users};

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
pub struct Project {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: ProjectId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Since when.
    pub created_at: Time,
    /// Who answers where no channel says it; else the oldest agent that runs.
    pub primary_agent_id: Option<AgentId>,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = projects)]
pub struct NewProject {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: ProjectId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
}

/// Those of an organization that are not deleted.
#[diesel::dsl::auto_type(no_type_alias)]
fn present(organization_id: OrganizationId) -> _ {
    projects::table
        .filter(projects::organization_id.eq(organization_id))
        .filter(projects::deleted_at.is_null())
}

/// Makes a project. A slug that is taken is a conflict of `projects_slug_key`.
pub async fn create(store: &Store, new: NewProject) -> Result<Project, StoreError> {
    let insert = diesel::insert_into(projects::table)
        .values(new)
        .returning(Project::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// The one with this id.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    id: ProjectId,
) -> Result<Option<Project>, StoreError> {
    let query = present(owner)
        .filter(projects::id.eq(id))
        .select(Project::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The one with this slug.
pub async fn find_by_slug(
    store: &Store,
    owner: OrganizationId,
    slug: &str,
) -> Result<Option<Project>, StoreError> {
    let query = present(owner)
        .filter(projects::slug.eq(slug))
        .select(Project::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those of an organization, oldest first.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    page: Page<ProjectId>,
) -> Result<Vec<Project>, StoreError> {
    let query = present(owner)
        .filter(projects::id.gt(page.after.unwrap_or(ProjectId::nil())))
        .order(projects::id)
        .limit(page.limit.into())
        .select(Project::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Those that a user is in, oldest first, with their role.
pub async fn list_of_user(
    store: &Store,
    owner: OrganizationId,
    user: UserId,
    page: Page<ProjectId>,
) -> Result<Vec<(Project, Role)>, StoreError> {
    let mine = members::organization_id
        .eq(projects::organization_id)
        .and(members::project_id.eq(projects::id))
        .and(members::user_id.eq(user));
    let query = projects::table
        .inner_join(members::table.on(mine))
        .filter(projects::organization_id.eq(owner))
        .filter(projects::deleted_at.is_null())
        .filter(projects::id.gt(page.after.unwrap_or(ProjectId::nil())))
        .order(projects::id)
        .limit(page.limit.into())
        .select((Project::as_select(), members::role));
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Those among these, oldest first.
pub async fn list_among(
    store: &Store,
    owner: OrganizationId,
    ids: &[ProjectId],
    stretch: &Stretch<ProjectId>,
) -> Result<Listed<Project>, StoreError> {
    let query = present(owner)
        .filter(projects::id.eq_any(ids))
        .select(Project::as_select());
    along!(store, query, stretch, Up, projects::id; |row: &Project| row.id)
}

/// What to change; what is none stays.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = projects)]
pub struct ProjectChanges {
    /// Another name for people.
    pub name: Option<String>,
    /// Another name in addresses.
    pub slug: Option<String>,
    /// Who answers where no channel says it. `Some(None)` clears.
    pub primary_agent_id: Option<Option<AgentId>>,
}

/// Changes a project. A slug that is taken is a conflict of `projects_slug_key`.
pub async fn update(
    store: &Store,
    owner: OrganizationId,
    id: ProjectId,
    changes: ProjectChanges,
) -> Result<Project, StoreError> {
    let update = diesel::update(present(owner).filter(projects::id.eq(id))).set(changes);
    Ok(update
        .returning(Project::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

/// Its agents stop, its channels and keys end, its open invites too; what was said stays. The project that came with
/// someone's account stays with it.
const DELETE: &str = "
    WITH gone AS (
        UPDATE projects SET deleted_at = now()
        WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
            AND NOT EXISTS (
                SELECT FROM users WHERE organization_id = $1 AND default_project_id = $2 AND removed_at IS NULL
            )
        RETURNING organization_id, id
    ), stopped AS (
        UPDATE agents SET status = 'stopped', status_reason = NULL, version = version + 1, updated_at = now(),
            deleted_at = now()
        FROM gone
        WHERE agents.organization_id = gone.organization_id AND agents.project_id = gone.id
            AND agents.deleted_at IS NULL
        RETURNING agents.id
    ), closed AS (
        UPDATE channels SET status = 'disabled', status_reason = NULL, credential = NULL, version = version + 1,
            updated_at = now(), deleted_at = now()
        FROM gone
        WHERE channels.organization_id = gone.organization_id AND channels.project_id = gone.id
            AND channels.deleted_at IS NULL
        RETURNING channels.id
    ), withdrawn AS (
        UPDATE invites SET revoked_at = now()
        FROM gone
        WHERE invites.organization_id = gone.organization_id AND invites.project_id = gone.id
            AND accepted_at IS NULL AND revoked_at IS NULL
    ), ended AS (
        UPDATE tokens SET revoked_at = now()
        WHERE organization_id = $1 AND revoked_at IS NULL AND (
            kind = 'project' AND subject_id IN (SELECT id FROM gone)
            OR kind = 'agent' AND subject_id IN (SELECT id FROM stopped)
            OR kind = 'channel' AND subject_id IN (SELECT id FROM closed)
        )
    )
    SELECT FROM gone";

/// Marks it deleted with all that lives in it; its slug is free again. One that came with someone's account is not found.
pub async fn delete(store: &Store, owner: OrganizationId, id: ProjectId) -> Result<(), StoreError> {
    let statement = hot::statement(DELETE)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(id);
    match statement.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// Whether it came with the account of someone who was not removed.
pub async fn is_default(
    store: &Store,
    owner: OrganizationId,
    id: ProjectId,
) -> Result<bool, StoreError> {
    let whose = users::table
        .filter(users::organization_id.eq(owner))
        .filter(users::default_project_id.eq(id))
        .filter(users::removed_at.is_null());
    let query = diesel::select(diesel::dsl::exists(whose));
    Ok(query.get_result(&mut store.connection().await?).await?)
}
