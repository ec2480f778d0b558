//! Agents: an agent is a named, running or stopped instance of a module. Pushing a module to a name makes the agent where
//! there is none, points it at the module and starts it.

mod change;
mod lists;
mod trial;

use sandbox::Inspection;
use serde_json::json;
use store::agent_log::{self, LogLine};
use store::agents::{self, Agent, AgentStatus, NewAgent};
use store::ids::{AgentId, LogLineId, OrganizationId, ProjectId};
use store::page::Page;
use store::{StoreError, turns};

pub use self::change::{Changes, NewAgentInput, create, delete, roll_back, update};
pub use self::lists::{DAYS, find_many, histories, logs, of_projects, ran_on, stretch};
pub use self::trial::{adopt, try_module};
use super::audit::{self, Change};
use super::modules::{self, Upload};
use super::projects;
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};

/// Agents that a list of REST shows at most.
const MOST: u32 = 500;
/// What a new agent is granted: what this version has and what reaches nothing outside.
pub const GRANTED: [&str; 8] = [
    "log",
    "state",
    "history",
    "progress",
    "schedule",
    "outbox",
    "workspace",
    "secrets",
];
const NAME_KEY: &str = "agents_name_key";

/// What came of a push.
#[derive(Debug)]
pub struct Pushed {
    /// The agent, which runs now.
    pub agent: Agent,
    /// What the inspection of its module found.
    pub inspection: Inspection,
    /// Whether the push made the agent.
    pub is_new: bool,
    /// Whether the agent points at another module than before.
    pub is_changed: bool,
}

/// Makes sure that a name can be an agent's: letters, digits, `_` and `-`, from a letter or a digit on, at most 63.
pub fn check_name(name: &str) -> Result<()> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(good)
    {
        return Ok(());
    }
    Err(Error::invalid(
        "name",
        format!(
            "`{name}` is not an agent's name: 1 to 63 letters, digits, `-` and `_`, a letter or digit first"
        ),
    ))
}

/// Makes sure that the caller may push agents, before a large body is read.
pub async fn may_push(cx: &Context, caller: &Caller, name: &str) -> Result<()> {
    check_name(name)?;
    projects::default_for(cx, caller, Operation::ManageAgents).await?;
    Ok(())
}

/// Accepts a module, points the agent of this name in the caller's default project at it, and starts the agent.
pub async fn push(cx: &Context, caller: &Caller, name: &str, module: Upload) -> Result<Pushed> {
    check_name(name)?;
    let project = projects::default_for(cx, caller, Operation::ManageAgents).await?;
    let change = Change::of("pushAgentModule", project, "agent", name);
    let install = install(cx, caller.organization_id, project, name, module);
    audit::change(cx, caller, change, install).await
}

/// What [`push`] does, for a caller who has been authorised, or for the host itself.
pub(super) async fn install(
    cx: &Context,
    owner: OrganizationId,
    project: ProjectId,
    name: &str,
    module: Upload,
) -> Result<Pushed> {
    let inspection = modules::accept(cx, owner, module).await?;
    change::check_handler(inspection.exports.handler)?;
    let (agent, is_new) = find_or_create(cx, owner, project, name).await?;
    let digest = modules::digest(&inspection.digest);
    let is_changed = agent.module_digest != Some(digest);
    if is_changed {
        agents::point_at(&cx.store, owner, agent.id, digest).await?;
    }
    let agent = set_status(cx, owner, agent.id, AgentStatus::Running).await?;
    Ok(Pushed {
        agent,
        inspection,
        is_new,
        is_changed,
    })
}

/// An agent of the caller's default project by its name, or any by its id.
pub async fn find(cx: &Context, caller: &Caller, name: &str) -> Result<Agent> {
    find_for(cx, caller, name, Operation::ReadProject).await
}

/// The agents of the caller's default project, oldest first.
pub async fn list_default(cx: &Context, caller: &Caller) -> Result<Vec<Agent>> {
    let project = projects::default_for(cx, caller, Operation::ReadProject).await?;
    Ok(agents::list(
        &cx.store,
        caller.organization_id,
        project,
        Page::first(MOST),
    )
    .await?)
}

/// Lets an agent answer, also what has waited for it.
pub async fn start(cx: &Context, caller: &Caller, name: &str) -> Result<Agent> {
    let agent = find_for(cx, caller, name, Operation::ManageAgents).await?;
    if agent.module_digest.is_none() {
        let what = format!("Agent `{}`", agent.name);
        return Err(Error::conflict(what, "has no module yet; push one"));
    }
    let change = Change::of("startAgent", agent.project_id, "agent", agent.id);
    let start = set_status(cx, agent.organization_id, agent.id, AgentStatus::Running);
    audit::change(cx, caller, change, start).await
}

/// Keeps an agent from answering: what arrives for it waits.
pub async fn stop(cx: &Context, caller: &Caller, name: &str) -> Result<Agent> {
    let agent = find_for(cx, caller, name, Operation::ManageAgents).await?;
    let change = Change::of("stopAgent", agent.project_id, "agent", agent.id);
    let stop = set_status(cx, agent.organization_id, agent.id, AgentStatus::Stopped);
    audit::change(cx, caller, change, stop).await
}

/// Stops an agent and starts it again, which ends a failure.
pub async fn restart(cx: &Context, caller: &Caller, name: &str) -> Result<Agent> {
    stop(cx, caller, name).await?;
    start(cx, caller, name).await
}

/// What an agent has logged, the newest line first.
pub async fn log(
    cx: &Context,
    caller: &Caller,
    name: &str,
    page: Page<LogLineId>,
) -> Result<Vec<LogLine>> {
    let agent = find_for(cx, caller, name, Operation::ReadConversations).await?;
    Ok(agent_log::list(&cx.store, agent.organization_id, agent.id, page).await?)
}

pub(super) async fn find_for(
    cx: &Context,
    caller: &Caller,
    name: &str,
    operation: Operation,
) -> Result<Agent> {
    let owner = caller.organization_id;
    let agent = match name.parse::<AgentId>() {
        Ok(id) => agents::find(&cx.store, owner, id).await?,
        Err(_) => {
            let project = caller.home(cx).await?;
            agents::find_by_name(&cx.store, owner, project, name).await?
        }
    };
    let agent = agent.ok_or_else(|| Error::not_found("Agent", name))?;
    caller.require_of_agent(cx, &agent, operation).await?;
    Ok(agent)
}

async fn find_or_create(
    cx: &Context,
    owner: OrganizationId,
    project: ProjectId,
    name: &str,
) -> Result<(Agent, bool)> {
    if let Some(agent) = agents::find_by_name(&cx.store, owner, project, name).await? {
        return Ok((agent, false));
    }
    let new = NewAgent {
        organization_id: owner,
        id: AgentId::new(),
        project_id: project,
        name: name.to_owned(),
        configuration: json!({}),
        limits: json!({}),
        capabilities: GRANTED.map(str::to_owned).into(),
    };
    match agents::create(&cx.store, new).await {
        Ok(agent) => Ok((agent, true)),
        // Another push made it in between.
        Err(error) if error.is_conflict_of(NAME_KEY) => {
            let agent = agents::find_by_name(&cx.store, owner, project, name).await?;
            agent
                .map(|agent| (agent, false))
                .ok_or_else(|| Error::not_found("Agent", name))
        }
        Err(error) => Err(error.into()),
    }
}

async fn set_status(
    cx: &Context,
    owner: OrganizationId,
    id: AgentId,
    status: AgentStatus,
) -> Result<Agent> {
    let agent = match agents::set_status(&cx.store, owner, id, status, None).await {
        Ok(agent) => agent,
        Err(StoreError::NotFound) => return Err(Error::not_found("Agent", id)),
        Err(error) => return Err(error.into()),
    };
    if status == AgentStatus::Running {
        turns::wake_agent(&cx.store, owner, id).await?;
    }
    Ok(agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_an_address_and_a_command_line() {
        for good in ["a", "Echo-2", "0_0", &"x".repeat(63)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "_a", "a b", "a/b", "é", &"x".repeat(64)] {
            assert_eq!(check_name(bad).unwrap_err().code(), "invalid", "{bad}");
        }
    }
}
