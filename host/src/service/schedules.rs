//! Schedules: timers that agents have set, until they come due and become turns.

use std::collections::HashMap;

use serde_json::json;
use store::agents;
use store::ids::{AgentId, ScheduleId};
use store::page::{Listed, Stretch};
use store::schedules::{self, Timer};

use super::audit::{self, Change};
use super::placed::{self, Within};
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};

/// A stretch of the timers of each agent, oldest first.
pub async fn of_agents(
    cx: &Context,
    reach: &Reach,
    agents: &[Within<AgentId>],
    stretch: &Stretch<ScheduleId>,
) -> Result<HashMap<Within<AgentId>, Listed<Timer>>> {
    let parents = placed::allowed(reach, agents, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let read = schedules::of_agents(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, |timer, _| timer))
}

/// The timers that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[ScheduleId],
) -> Result<HashMap<ScheduleId, Timer>> {
    let owner = reach.organization_id();
    let found = schedules::find_many(&cx.store, owner, ids).await?;
    let agents: Vec<AgentId> = found.iter().map(|timer| timer.agent_id).collect();
    let agents = agents::find_many(&cx.store, owner, &agents).await?;
    let seen = |timer: &Timer| {
        let agent = agents.iter().find(|agent| agent.id == timer.agent_id);
        agent.is_some_and(|agent| reach.may(agent.project_id, Operation::ReadConversations))
    };
    Ok(found
        .into_iter()
        .filter(seen)
        .map(|timer| (timer.id, timer))
        .collect())
}

/// Takes a timer away before it comes due, and returns it as it was.
pub async fn cancel(cx: &Context, caller: &Caller, id: ScheduleId) -> Result<Timer> {
    let owner = caller.organization_id;
    let missing = || Error::not_found("Schedule", id.public());
    let found = schedules::find_many(&cx.store, owner, &[id]).await?;
    let timer = found.into_iter().next().ok_or_else(missing)?;
    let agent = agents::find(&cx.store, owner, timer.agent_id).await?;
    let project = agent.ok_or_else(missing)?.project_id;
    caller.require(cx, project, Operation::ManageAgents).await?;
    let change = Change::of("cancelSchedule", project, "schedule", id);
    let change = change.with(json!({ "name": timer.name, "agent": timer.agent_id }));
    audit::change(cx, caller, change, async {
        if !schedules::cancel(&cx.store, owner, timer.agent_id, id).await? {
            return Err(missing());
        }
        Ok(timer)
    })
    .await
}
