//! Turns as their owner sees them: a turn is one run of an agent on one event, and all that came of it.

use std::collections::HashMap;

use store::conversations;
use store::ids::{AgentId, ConversationId, TurnId};
use store::page::{Listed, Stretch};
use store::turns::{self, Moment, TurnTrace};

use super::agents;
use super::placed::{self, Placed, Rooted, Within};
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};

/// A stretch of the turns of an agent, by name or id, the newest first.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    agent: &str,
    stretch: &Stretch<Moment>,
) -> Result<Listed<Placed<TurnTrace>>> {
    let agent = agents::find_for(cx, caller, agent, Operation::ReadConversations).await?;
    let owner = agent.organization_id;
    let read = turns::of_agents(&cx.store, owner, &[agent.id], stretch).await?;
    let mut lists = placed::lists(vec![agent.place()], read, Placed::new);
    Ok(lists.remove(&agent.place()).unwrap_or_default())
}

/// A turn. Who may read the conversation may read its turns.
pub async fn find(cx: &Context, caller: &Caller, id: TurnId) -> Result<Placed<TurnTrace>> {
    let reach = caller.reach(cx).await?;
    let mut found = find_many(cx, &reach, &[id]).await?;
    found
        .remove(&id)
        .ok_or_else(|| Error::not_found("Turn", id.public()))
}

/// The turns that the caller may read among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[TurnId],
) -> Result<HashMap<TurnId, Placed<TurnTrace>>> {
    let owner = reach.organization_id();
    let found = turns::find_many(&cx.store, owner, ids).await?;
    let parents: Vec<ConversationId> = found.iter().map(|row| row.conversation_id).collect();
    let projects = conversations::projects_of(&cx.store, owner, &parents).await?;
    let place = |turn: TurnTrace| {
        let project = *projects.get(&turn.conversation_id)?;
        let seen = reach.may(project, Operation::ReadConversations);
        seen.then(|| (turn.id, Placed::new(turn, project)))
    };
    Ok(found.into_iter().filter_map(place).collect())
}

/// The turns that something in a project names.
pub async fn within(
    cx: &Context,
    reach: &Reach,
    places: &[Within<TurnId>],
) -> Result<HashMap<Within<TurnId>, Placed<TurnTrace>>> {
    let places = placed::allowed(reach, places, Operation::ReadConversations);
    let ids = placed::ids(&places);
    let found = cx
        .reads
        .turns(&cx.store, reach.organization_id(), &ids)
        .await?;
    Ok(placed::place_all(&places, found, |turn: &TurnTrace| {
        turn.id
    }))
}

/// A stretch of the turns of each agent, the newest first.
pub async fn of_agents(
    cx: &Context,
    reach: &Reach,
    agents: &[Within<AgentId>],
    stretch: &Stretch<Moment>,
) -> Result<HashMap<Within<AgentId>, Listed<Placed<TurnTrace>>>> {
    let parents = placed::allowed(reach, agents, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let read = turns::of_agents(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, Placed::new))
}

/// A stretch of the turns of each conversation, the newest first.
pub async fn of_conversations(
    cx: &Context,
    reach: &Reach,
    conversations: &[Within<ConversationId>],
    stretch: &Stretch<i64>,
) -> Result<HashMap<Within<ConversationId>, Listed<Placed<TurnTrace>>>> {
    let parents = placed::allowed(reach, conversations, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let owner = reach.organization_id();
    let read = turns::of_conversations(&cx.store, owner, &ids, stretch).await?;
    Ok(placed::lists(parents, read, Placed::new))
}
