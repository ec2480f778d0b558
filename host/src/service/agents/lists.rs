//! Agents, and what hangs on them, many at a time.

use std::collections::HashMap;

use store::agent_log::{self, LogLine};
use store::agents::{self as rows, Agent, PointedAt, RanOn};
use store::ids::{AgentId, LogLineId, ProjectId};
use store::page::{Listed, Stretch};

use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::placed::{self, Within};
use crate::service::projects;

/// The agents that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[AgentId],
) -> Result<HashMap<AgentId, Agent>> {
    let found = rows::find_many(&cx.store, reach.organization_id(), ids).await?;
    let seen = |agent: &Agent| reach.may(agent.project_id, Operation::ReadProject);
    Ok(found
        .into_iter()
        .filter(seen)
        .map(|agent| (agent.id, agent))
        .collect())
}

/// A stretch of the agents of each project, oldest first.
pub async fn of_projects(
    cx: &Context,
    reach: &Reach,
    projects: &[Within<ProjectId>],
    stretch: &Stretch<AgentId>,
) -> Result<HashMap<Within<ProjectId>, Listed<Agent>>> {
    let parents = placed::allowed(reach, projects, Operation::ReadProject);
    let ids = placed::ids(&parents);
    let read = rows::of_projects(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, |agent, _| agent))
}

/// A stretch of the agents of a project, by slug or id, or of the caller's default one.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    stretch: &Stretch<AgentId>,
) -> Result<Listed<Agent>> {
    let project = match project {
        Some(name) => projects::find(cx, caller, name).await?.id,
        None => projects::default_for(cx, caller, Operation::ReadProject).await?,
    };
    let owner = caller.organization_id;
    let mut lists = rows::of_projects(&cx.store, owner, &[project], stretch).await?;
    Ok(lists.remove(&project).unwrap_or_default())
}

/// A stretch of what each agent has logged, the newest line first.
pub async fn logs(
    cx: &Context,
    reach: &Reach,
    agents: &[Within<AgentId>],
    stretch: &Stretch<LogLineId>,
) -> Result<HashMap<Within<AgentId>, Listed<LogLine>>> {
    let parents = placed::allowed(reach, agents, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let read = agent_log::of_agents(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, |line, _| line))
}

/// A stretch of what each agent pointed at, the latest first.
pub async fn histories(
    cx: &Context,
    reach: &Reach,
    agents: &[Within<AgentId>],
    stretch: &Stretch<i64>,
) -> Result<HashMap<Within<AgentId>, Listed<PointedAt>>> {
    let parents = placed::allowed(reach, agents, Operation::ReadProject);
    let ids = placed::ids(&parents);
    let read = rows::history_of(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, |entry, _| entry))
}

/// Days back that turns are counted at most: each is looked at.
pub const DAYS: i32 = 31;

/// What the turns of each agent did in the last so many days, by module, the one that ran last first.
pub async fn ran_on(
    cx: &Context,
    reach: &Reach,
    agents: &[Within<AgentId>],
    days: i32,
) -> Result<HashMap<Within<AgentId>, Vec<RanOn>>> {
    let parents = placed::allowed(reach, agents, Operation::ReadProject);
    let ids = placed::ids(&parents);
    let mut found = rows::ran_on(&cx.store, reach.organization_id(), &ids, days).await?;
    let ran = |parent: Within<AgentId>| (parent, found.remove(&parent.id()).unwrap_or_default());
    Ok(parents.into_iter().map(ran).collect())
}

/// The name of an agent that is not there, as an error.
pub(super) fn missing(name: impl ToString) -> Error {
    Error::not_found("Agent", name)
}
