//! Toolsets: what a project has enabled for its agents to use. A module that someone has uploaded, one of the host's own, or a server
//! that speaks MCP; which tools there are in it, and how they are asked, is in [`asked`].

pub mod asked;
mod change;
pub mod terms;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sandbox::types::toolbox::Problem;
use store::ids::{ProjectId, ToolsetId};
use store::page::{Listed, Stretch};
use store::toolsets::{self as rows, Toolset};

pub use self::change::{Changes, Header, NewServer, NewToolset, connect, enable, remove, update};
use super::placed::{self, Within};
use super::projects;
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::tools::Listing;
use crate::vault::Aad;

/// Toolsets of one project.
pub const MOST: usize = 20;

/// Where what a server is asked with is sealed.
pub(super) fn header_place(toolset: &ToolsetId) -> Aad<'static> {
    Aad {
        table: "toolsets",
        row: toolset.uuid(),
        field: "header_value",
    }
}

/// A toolset.
pub async fn find(cx: &Context, caller: &Caller, id: ToolsetId) -> Result<Toolset> {
    find_for(cx, caller, id, Operation::ReadProject).await
}

/// A stretch of the toolsets of a project, by slug or id, or of the caller's default one, oldest first.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    stretch: &Stretch<ToolsetId>,
) -> Result<Listed<Toolset>> {
    let project = project_for(cx, caller, project, Operation::ReadProject).await?;
    let owner = caller.organization_id;
    let mut lists = rows::of_projects(&cx.store, owner, &[project], stretch).await?;
    Ok(lists.remove(&project).unwrap_or_default())
}

/// The toolsets that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[ToolsetId],
) -> Result<HashMap<ToolsetId, Toolset>> {
    let found = rows::find_many(&cx.store, reach.organization_id(), ids).await?;
    let seen = |toolset: &Toolset| reach.may(toolset.project_id, Operation::ReadProject);
    Ok(found
        .into_iter()
        .filter(seen)
        .map(|toolset| (toolset.id, toolset))
        .collect())
}

/// A stretch of the toolsets of each project, oldest first.
pub async fn of_projects(
    cx: &Context,
    reach: &Reach,
    projects: &[Within<ProjectId>],
    stretch: &Stretch<ToolsetId>,
) -> Result<HashMap<Within<ProjectId>, Listed<Toolset>>> {
    let parents = placed::allowed(reach, projects, Operation::ReadProject);
    let ids = placed::ids(&parents);
    let read = rows::of_projects(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, |toolset, _| toolset))
}

/// The tools of a toolset as they are now, or why they cannot be had.
pub async fn tools(
    cx: &Context,
    caller: &Caller,
    id: ToolsetId,
) -> Result<(Toolset, std::result::Result<Arc<Listing>, Problem>)> {
    let found = find(cx, caller, id).await?;
    let listing = asked::listing(cx, &found, &asked::Sessions::default(), Duration::MAX).await;
    Ok((found, listing))
}

/// Whether a person is asked before a call of a tool, by its own name.
pub fn needs_approval(toolset: &Toolset, tool: &str) -> bool {
    toolset
        .approvals
        .iter()
        .any(|name| name == "*" || name == tool)
}

async fn find_for(
    cx: &Context,
    caller: &Caller,
    id: ToolsetId,
    operation: Operation,
) -> Result<Toolset> {
    let found = rows::find_many(&cx.store, caller.organization_id, &[id]).await?;
    let found = found.into_iter().next();
    let found = found.ok_or_else(|| Error::not_found("Toolset", id))?;
    caller.require(cx, found.project_id, operation).await?;
    Ok(found)
}

async fn project_for(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    operation: Operation,
) -> Result<ProjectId> {
    match project {
        Some(name) => Ok(projects::find_for(cx, caller, name, operation).await?.id),
        None => projects::default_for(cx, caller, operation).await,
    }
}
