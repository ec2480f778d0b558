//! Projects: a project holds agents, channels and members. Every user has a default one, where things live that are
//! asked for without a project.

use store::ids::ProjectId;
use store::members;
use store::page::Page;
use store::projects::{self, Project};
use store::users::{self, User};

use crate::auth::{Caller, Operation, Role};
use crate::context::Context;
use crate::error::{Error, Result};

/// Projects that a list shows at most.
const MOST: u32 = 500;

/// The caller's own account.
pub async fn viewer(cx: &Context, caller: &Caller) -> Result<User> {
    users::find(&cx.store, caller.user_id)
        .await?
        .ok_or(Error::Unauthenticated)
}

/// The id of the caller's default project, in which they may do `operation`.
pub async fn default_for(cx: &Context, caller: &Caller, operation: Operation) -> Result<ProjectId> {
    let project = viewer(cx, caller).await?.default_project_id;
    caller.require(cx, project, operation).await?;
    Ok(project)
}

/// A project by its slug or id.
pub async fn find(cx: &Context, caller: &Caller, name: &str) -> Result<Project> {
    let owner = caller.organization_id;
    let project = match name.parse() {
        Ok(id) => projects::find(&cx.store, owner, id).await?,
        Err(_) => projects::find_by_slug(&cx.store, owner, name).await?,
    };
    let project = project.ok_or_else(|| Error::not_found("Project", name))?;
    caller
        .require(cx, project.id, Operation::ReadProject)
        .await?;
    Ok(project)
}

/// The projects that the caller is a member of, oldest first, with their role.
pub async fn list(cx: &Context, caller: &Caller) -> Result<Vec<(Project, Role)>> {
    let owner = caller.organization_id;
    let memberships = members::list_of_user(&cx.store, owner, caller.user_id).await?;
    let projects = projects::list(&cx.store, owner, Page::first(MOST)).await?;
    let role_in = |id: ProjectId| memberships.iter().find(|member| member.project_id == id);
    let mine = projects
        .into_iter()
        .filter_map(|project| role_in(project.id).map(|member| (project, member.role)));
    Ok(mine.collect())
}
