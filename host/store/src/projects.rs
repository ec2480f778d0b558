//! A project holds agents, channels and members. Its slug names it within the organization.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::ids::{OrganizationId, ProjectId};
use crate::page::{Page, Time};
use crate::pool::Store;
use crate::schema::projects;

/// One row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
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

/// Gives it another name for people.
pub async fn rename(
    store: &Store,
    owner: OrganizationId,
    id: ProjectId,
    name: &str,
) -> Result<Project, StoreError> {
    let update =
        diesel::update(present(owner).filter(projects::id.eq(id))).set(projects::name.eq(name));
    Ok(update
        .returning(Project::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

/// Marks it deleted; its slug is free again.
pub async fn delete(store: &Store, owner: OrganizationId, id: ProjectId) -> Result<(), StoreError> {
    let update = diesel::update(present(owner).filter(projects::id.eq(id)))
        .set(projects::deleted_at.eq(now));
    match update.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}
