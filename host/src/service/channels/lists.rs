//! Channels, many at a time.

use std::collections::HashMap;

use store::channels::{self as rows, Channel};
use store::ids::{AgentId, ChannelId, ProjectId};
use store::page::{Listed, Stretch};

use crate::auth::{Operation, Reach};
use crate::context::Context;
use crate::error::Result;
use crate::service::placed::{self, Within};

/// The channels that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[ChannelId],
) -> Result<HashMap<ChannelId, Channel>> {
    let found = rows::find_many(&cx.store, reach.organization_id(), ids).await?;
    let seen = |channel: &Channel| reach.may(channel.project_id, Operation::ReadProject);
    Ok(found
        .into_iter()
        .filter(seen)
        .map(|channel| (channel.id, channel))
        .collect())
}

/// A stretch of the channels of each project, oldest first.
pub async fn of_projects(
    cx: &Context,
    reach: &Reach,
    projects: &[Within<ProjectId>],
    stretch: &Stretch<ChannelId>,
) -> Result<HashMap<Within<ProjectId>, Listed<Channel>>> {
    let parents = placed::allowed(reach, projects, Operation::ReadProject);
    let ids = placed::ids(&parents);
    let read = rows::of_projects(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, |channel, _| channel))
}

/// A stretch of the channels that each agent answers on, oldest first.
pub async fn of_agents(
    cx: &Context,
    reach: &Reach,
    agents: &[Within<AgentId>],
    stretch: &Stretch<ChannelId>,
) -> Result<HashMap<Within<AgentId>, Listed<Channel>>> {
    let parents = placed::allowed(reach, agents, Operation::ReadProject);
    let ids = placed::ids(&parents);
    let read = rows::of_agents(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, |channel, _| channel))
}
