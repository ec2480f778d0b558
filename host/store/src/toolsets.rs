//! A toolset is what a project has enabled for its agents: a module, one of the host's own, or a server that speaks MCP.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;

use crate::digests::ModuleDigest;
use crate::error::StoreError;
use crate::ids::{OrganizationId, ProjectId, ToolsetId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::toolsets;
use crate::words::words;

words! {
    /// Where a toolset's tools are.
    pub enum ToolsetKind {
        /// In a module that someone has uploaded.
        Module = "module",
        /// In a module of the host's own.
        Builtin = "builtin",
        /// At a server that speaks MCP.
        Server = "server",
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, QueryableByName, Insertable)]
#[diesel(table_name = toolsets, check_for_backend(diesel::pg::Pg))]
pub struct Toolset {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: ToolsetId,
    /// Where it is enabled.
    pub project_id: ProjectId,
    /// Its name, unique in the project.
    pub name: String,
    /// Where its tools are.
    pub kind: ToolsetKind,
    /// The module.
    pub module_digest: Option<ModuleDigest>,
    /// The server's address.
    pub url: Option<String>,
    /// The name of the header that the server is asked with.
    pub header: Option<String>,
    /// Its value, sealed.
    pub header_value: Option<Vec<u8>>,
    /// What a module shares with the agent that calls it.
    pub capabilities: Vec<String>,
    /// Its tools before whose calls a person is asked; `*` is all.
    pub approvals: Vec<String>,
    /// Since when.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// What may change of one.
#[derive(Clone, Debug, AsChangeset)]
#[diesel(table_name = toolsets, treat_none_as_null = true)]
pub struct Changed {
    /// The module.
    pub module_digest: Option<ModuleDigest>,
    /// The server's address.
    pub url: Option<String>,
    /// The name of the header that the server is asked with.
    pub header: Option<String>,
    /// Its value, sealed.
    pub header_value: Option<Vec<u8>>,
    /// What a module shares with the agent that calls it.
    pub capabilities: Vec<String>,
    /// Its tools before whose calls a person is asked.
    pub approvals: Vec<String>,
    /// When.
    pub updated_at: Time,
}

/// Enables one. A known name is a conflict of `toolsets_name_key`.
pub async fn create(store: &Store, new: &Toolset) -> Result<Toolset, StoreError> {
    let insert = diesel::insert_into(toolsets::table).values(new);
    Ok(insert
        .returning(Toolset::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

/// Changes one.
pub async fn update(
    store: &Store,
    owner: OrganizationId,
    id: ToolsetId,
    changed: &Changed,
) -> Result<Toolset, StoreError> {
    let update = diesel::update(toolsets::table.find((owner, id))).set(changed);
    Ok(update
        .returning(Toolset::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

/// Takes one away.
pub async fn delete(store: &Store, owner: OrganizationId, id: ToolsetId) -> Result<(), StoreError> {
    let delete = diesel::delete(toolsets::table.find((owner, id)));
    match delete.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[ToolsetId],
) -> Result<Vec<Toolset>, StoreError> {
    let query = toolsets::table
        .filter(toolsets::organization_id.eq(owner))
        .filter(toolsets::id.eq_any(ids))
        .select(Toolset::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// All of a project, oldest first, at most so many.
pub async fn of_project(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    most: i64,
) -> Result<Vec<Toolset>, StoreError> {
    let query = toolsets::table
        .filter(toolsets::organization_id.eq(owner))
        .filter(toolsets::project_id.eq(project))
        .order(toolsets::id)
        .limit(most)
        .select(Toolset::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

const OF_PROJECTS: Listing = listing!(Up, "toolsets", "project_id", "id");

/// Those of each project, oldest first.
pub async fn of_projects(
    store: &Store,
    owner: OrganizationId,
    projects: &[ProjectId],
    stretch: &Stretch<ToolsetId>,
) -> Result<HashMap<ProjectId, Listed<Toolset>>, StoreError> {
    read!(store, OF_PROJECTS, owner, projects, stretch, SqlUuid; |row: &Toolset| row.project_id, |row| row.id)
}
