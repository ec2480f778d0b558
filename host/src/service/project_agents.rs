//! Agents of a project: those that live there, and those of other projects that were added, which answer on this one's
//! channels and stay where they live. One of them may lead: it answers where no channel says who does.

use serde_json::json;
use store::agents::{self, Agent};
use store::ids::{AgentId, ProjectId};
use store::project_agents::{self, NewProjectAgent, ProjectAgent};
use store::projects::{self, ProjectChanges};

use super::audit::{self, Change};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};

/// The agents that work in a project, its lead first.
pub async fn list(cx: &Context, caller: &Caller, project: ProjectId) -> Result<Vec<ProjectAgent>> {
    caller.require(cx, project, Operation::ReadProject).await?;
    Ok(project_agents::list(&cx.store, caller.organization_id, project).await?)
}

/// Has an agent work in a project, or gives one that does another role. One of another project is added by whoever may
/// change both.
pub async fn add(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    agent: &str,
    leads: bool,
) -> Result<ProjectAgent> {
    caller
        .require(cx, project, Operation::ManageChannels)
        .await?;
    let owner = caller.organization_id;
    let agent = own(cx, caller, agent).await?;
    let lives_here = agent.project_id == project;
    let change = Change::of("addProjectAgent", project, "agent", agent.id)
        .with(json!({ "role": if leads { "lead" } else { "member" } }));
    audit::change(cx, caller, change, async {
        if !lives_here {
            let new = NewProjectAgent {
                organization_id: owner,
                project_id: project,
                agent_id: agent.id,
                added_by: caller.maker()?,
            };
            project_agents::add(&cx.store, new).await?;
        }
        let found = projects::find(&cx.store, owner, project).await?;
        let found = found.ok_or_else(|| Error::not_found("Project", project))?;
        let lead = match (leads, found.primary_agent_id == Some(agent.id)) {
            (true, false) => Some(Some(agent.id)),
            (false, true) => Some(None),
            _ => None,
        };
        if lead.is_some() {
            let changes = ProjectChanges {
                primary_agent_id: lead,
                ..ProjectChanges::default()
            };
            projects::update(&cx.store, owner, project, changes).await?;
        }
        let list = project_agents::list(&cx.store, owner, project).await?;
        let added = list.into_iter().find(|one| one.agent_id == agent.id);
        added.ok_or_else(|| Error::conflict("the agent", "was taken out at once"))
    })
    .await
}

/// Takes an agent out that was added; one that lives in the project is deleted instead.
pub async fn remove(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    agent: AgentId,
) -> Result<()> {
    caller
        .require(cx, project, Operation::ManageChannels)
        .await?;
    let owner = caller.organization_id;
    let found = agents::find(&cx.store, owner, agent).await?;
    if found.is_some_and(|found| found.project_id == project && found.owner_id.is_none()) {
        let why = "lives in this project: delete the agent itself";
        return Err(Error::conflict(format!("Agent `{agent}`"), why));
    }
    let change = Change::of("removeProjectAgent", project, "agent", agent);
    audit::change(cx, caller, change, async {
        match project_agents::remove(&cx.store, owner, project, agent).await? {
            true => Ok(()),
            false => Err(Error::not_found("Member", agent)),
        }
    })
    .await
}

/// An agent that was added to a project, whether or not the caller sees where it lives.
pub(super) async fn added(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    name: &str,
) -> Result<Option<Agent>> {
    let Ok(id) = name.parse::<AgentId>() else {
        return Ok(None);
    };
    let owner = caller.organization_id;
    match project_agents::is_added(&cx.store, owner, project, id).await? {
        true => Ok(agents::find(&cx.store, owner, id).await?),
        false => Ok(None),
    }
}

/// An agent that the caller may have work elsewhere. It is not told which of two reasons stands in the way.
async fn own(cx: &Context, caller: &Caller, agent: &str) -> Result<Agent> {
    let nobody = || {
        Error::invalid(
            "agent_id",
            "agent not found or not owned by this project's owner",
        )
    };
    let id: AgentId = agent.parse().map_err(|_| nobody())?;
    let found = agents::find(&cx.store, caller.organization_id, id).await?;
    let found = found.filter(|found| found.owner_id.is_none());
    let found = found.ok_or_else(nobody)?;
    match caller
        .require(cx, found.project_id, Operation::ManageAgents)
        .await
    {
        Ok(_) => Ok(found),
        Err(Error::NotFound { .. } | Error::Forbidden { .. }) => Err(nobody()),
        Err(error) => Err(error),
    }
}
