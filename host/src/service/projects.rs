//! Projects: a project holds agents, channels and members. Every user has a default one, where things live that are
//! asked for without a project.

use std::collections::HashMap;

use serde_json::json;
use store::ids::ProjectId;
use store::page::{Listed, Page, Stretch};
pub use store::projects::ProjectChanges;
use store::projects::{self, Project};
use store::users::{self, User};
use store::{StoreError, agents, project_agents};

use super::audit::{self, Change};
use super::names;
use crate::auth::{Caller, Operation, Reach, Standing, Who, rights};
use crate::context::Context;
use crate::error::{Error, Result};

/// The caller's own account.
pub async fn viewer(cx: &Context, caller: &Caller) -> Result<User> {
    users::find(&cx.store, caller.person()?)
        .await?
        .ok_or(Error::Unauthenticated)
}

/// The id of the caller's default project, in which they may do `operation`.
pub async fn default_for(cx: &Context, caller: &Caller, operation: Operation) -> Result<ProjectId> {
    let project = caller.home(cx).await?;
    caller.require(cx, project, operation).await?;
    Ok(project)
}

/// A project by its slug or id.
pub async fn find(cx: &Context, caller: &Caller, name: &str) -> Result<Project> {
    find_for(cx, caller, name, Operation::ReadProject).await
}

/// A project by its slug or id, in which the caller may do `operation`.
pub(super) async fn find_for(
    cx: &Context,
    caller: &Caller,
    name: &str,
    operation: Operation,
) -> Result<Project> {
    let owner = caller.organization_id;
    let project = match name.parse() {
        Ok(id) => projects::find(&cx.store, owner, id).await?,
        Err(_) => projects::find_by_slug(&cx.store, owner, name).await?,
    };
    let project = project.ok_or_else(|| Error::not_found("Project", name))?;
    caller.require(cx, project.id, operation).await?;
    Ok(project)
}

/// A stretch of the projects that the caller may see, oldest first.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    stretch: &Stretch<ProjectId>,
) -> Result<Listed<Project>> {
    let reach = caller.reach(cx).await?;
    let ids = reach.projects(Operation::ReadProject);
    Ok(projects::list_among(&cx.store, caller.organization_id, &ids, stretch).await?)
}

/// The projects that the caller may see, oldest first, at most `limit`; a person's in one statement.
pub(super) async fn visible(cx: &Context, caller: &Caller, limit: u32) -> Result<Vec<Project>> {
    let owner = caller.organization_id;
    if let Who::User(user) = caller.who {
        let mine = projects::list_of_user(&cx.store, owner, user, Page::first(limit)).await?;
        let seen = mine
            .into_iter()
            .filter(|(_, role)| rights::may(Standing::Member(*role), Operation::ReadProject));
        return Ok(seen.map(|(project, _)| project).collect());
    }
    Ok(stretch(cx, caller, &Stretch::first(limit)).await?.rows)
}

/// The projects that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[ProjectId],
) -> Result<HashMap<ProjectId, Project>> {
    let mut seen = ids.to_vec();
    seen.retain(|id| reach.may(*id, Operation::ReadProject));
    let most = Stretch::first(u32::try_from(seen.len()).unwrap_or(u32::MAX));
    let found = projects::list_among(&cx.store, reach.organization_id(), &seen, &most).await?;
    Ok(found
        .rows
        .into_iter()
        .map(|project| (project.id, project))
        .collect())
}

/// A project to make.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// Its name for people.
    pub name: String,
    /// Its name in addresses; else it is made of the name, with a number where that is taken.
    pub slug: Option<String>,
}

/// Makes a project, of which the caller is the owner.
pub async fn create(cx: &Context, caller: &Caller, new: NewProject) -> Result<Project> {
    caller
        .require_organization(cx, Operation::CreateProjects)
        .await?;
    let owner = caller.person()?;
    let name = names::name("name", &new.name)?;
    let is_numbered = new.slug.is_none();
    let slug = match &new.slug {
        Some(slug) => names::slug("slug", slug)?,
        None => names::slug_of(&name, "project"),
    };
    let row = projects::NewProject {
        organization_id: caller.organization_id,
        id: ProjectId::new(),
        slug,
        name,
    };
    let change = Change::of("createProject", row.id, "project", row.id)
        .with(json!({ "name": row.name, "slug": row.slug }));
    audit::change(cx, caller, change, async {
        let (id, slug) = (row.id, row.slug.clone());
        projects::found(&cx.store, row, owner, is_numbered)
            .await
            .map_err(|error| told(error, id, &slug))
    })
    .await
}

/// Changes a project.
pub async fn update(
    cx: &Context,
    caller: &Caller,
    id: ProjectId,
    wanted: ProjectChanges,
) -> Result<Project> {
    caller.require(cx, id, Operation::ManageProject).await?;
    let changes = ProjectChanges {
        name: wanted
            .name
            .map(|text| names::name("name", &text))
            .transpose()?,
        slug: wanted
            .slug
            .map(|text| names::slug("slug", &text))
            .transpose()?,
        primary_agent_id: wanted.primary_agent_id,
    };
    if let Some(Some(agent)) = wanted.primary_agent_id {
        let owner = caller.organization_id;
        let found = agents::find(&cx.store, owner, agent).await?;
        let lives_here = found.is_some_and(|agent| agent.project_id == id);
        if !lives_here && !project_agents::is_added(&cx.store, owner, id, agent).await? {
            let why = format!("`{}` is no agent of this project", agent.public());
            return Err(Error::invalid("primaryAgentId", why));
        }
    }
    let has_agent = changes.primary_agent_id.is_some();
    if changes.name.is_none() && changes.slug.is_none() && !has_agent {
        return find(cx, caller, &id.to_string()).await;
    }
    let (name, slug) = (&changes.name, &changes.slug);
    let detail = match changes.primary_agent_id {
        Some(agent) => json!({ "name": name, "slug": slug, "primaryAgentId": agent }),
        None => json!({ "name": name, "slug": slug }),
    };
    let change = Change::of("updateProject", id, "project", id).with(detail);
    audit::change(cx, caller, change, async {
        let slug = changes.slug.clone().unwrap_or_default();
        projects::update(&cx.store, caller.organization_id, id, changes)
            .await
            .map_err(|error| told(error, id, &slug))
    })
    .await
}

/// Deletes a project: its agents stop, its channels and keys end; what was said stays.
pub async fn delete(cx: &Context, caller: &Caller, id: ProjectId) -> Result<()> {
    caller.require(cx, id, Operation::DeleteProject).await?;
    let owner = caller.organization_id;
    if projects::is_default(&cx.store, owner, id).await? {
        return Err(Error::conflict(
            format!("Project `{id}`"),
            "came with someone's account, and stays with it",
        ));
    }
    let change = Change::of("deleteProject", id, "project", id);
    audit::change(cx, caller, change, async {
        projects::delete(&cx.store, owner, id)
            .await
            .map_err(|error| told(error, id, ""))
    })
    .await
}

/// What the caller may do in a project, or, without one, in their organization as a whole.
pub async fn permissions(
    cx: &Context,
    caller: &Caller,
    project: Option<ProjectId>,
) -> Result<Vec<Operation>> {
    let standing = match project {
        Some(id) => {
            let standing = caller.standing_in(cx, id).await?;
            standing.ok_or_else(|| Error::not_found("Project", id))?
        }
        None => caller.standing(cx).await?,
    };
    let may = |operation: &Operation| {
        operation.is_of_organization() == project.is_none() && rights::may(standing, *operation)
    };
    Ok(Operation::ALL.iter().copied().filter(may).collect())
}

fn told(error: StoreError, id: ProjectId, slug: &str) -> Error {
    match error {
        error if error.is_conflict_of("projects_slug_key") => {
            Error::conflict("slug", format!("`{slug}` is another project's"))
        }
        StoreError::NotFound => Error::not_found("Project", id),
        error => error.into(),
    }
}
