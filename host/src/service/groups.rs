//! Groups of messaging products: agents that their owners share there, whom each member talks to, and who is in them.

use std::collections::HashMap;

use serde_json::json;
use sha2::{Digest, Sha256};
use store::agents::Agent;
use store::groups::{self, GroupMember, Place, Share, Target};
use store::ids::{AgentId, ConversationId};
use store::page::{Listed, Stretch};

use super::audit::{self, Change};
use super::placed::{self, Placed, Within};
use super::speakers::Speaker;
use crate::auth::{Caller, Operation, Reach};
use crate::content::without_nul;
use crate::context::Context;
use crate::error::{Error, Result};

/// Agents of a group that are looked at.
const MOST: u32 = 500;

/// The agents that are shared with a group, the first shared first.
pub async fn shared(cx: &Context, place: &Place) -> Result<Vec<Agent>> {
    Ok(groups::shared(&cx.store, place, MOST).await?)
}

/// Where agents are shared that the caller may see.
pub async fn of_agents(
    cx: &Context,
    reach: &Reach,
    agents: &[Within<AgentId>],
) -> Result<HashMap<Within<AgentId>, Vec<Share>>> {
    let agents = placed::allowed(reach, agents, Operation::ReadProject);
    let ids = placed::ids(&agents);
    let mut shares: HashMap<AgentId, Vec<Share>> = HashMap::new();
    for share in groups::shares_of(&cx.store, reach.organization_id(), &ids).await? {
        shares.entry(share.agent_id).or_default().push(share);
    }
    let of = |agent: Within<AgentId>| (agent, shares.remove(&agent.id()).unwrap_or_default());
    Ok(agents.into_iter().map(of).collect())
}

/// A stretch of those who are in the group of each conversation, by the platform's ids of them: whom the product told of, and
/// who named an agent there. A conversation that is no group's has none.
pub async fn members_of(
    cx: &Context,
    reach: &Reach,
    conversations: &[Within<ConversationId>],
    stretch: &Stretch<String>,
) -> Result<HashMap<Within<ConversationId>, Listed<Placed<GroupMember>>>> {
    let parents = placed::allowed(reach, conversations, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let read = groups::members_of(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, Placed::new))
}

/// Shares an agent of the caller's own with a group. Whether it was not yet.
pub async fn share(cx: &Context, caller: &Caller, place: &Place, agent: &Agent) -> Result<bool> {
    let owner = own(caller, agent)?;
    let change = change_of("shareAgent", place, agent);
    audit::change(cx, caller, change, async {
        Ok(groups::share(&cx.store, place, agent.id, owner).await?)
    })
    .await
}

/// Takes an agent of the caller's own out of a group. Whether it was shared there.
pub async fn unshare(cx: &Context, caller: &Caller, place: &Place, agent: &Agent) -> Result<bool> {
    own(caller, agent)?;
    let change = change_of("unshareAgent", place, agent);
    audit::change(cx, caller, change, async {
        Ok(groups::unshare(&cx.store, place, agent.id).await?)
    })
    .await
}

/// Says who answers the members of a group who have named no one.
pub async fn load(cx: &Context, place: &Place, agent: Option<AgentId>) -> Result<()> {
    Ok(groups::load(&cx.store, place, agent).await?)
}

/// Notes whom someone in a group talks to from now on, where that is someone else than so far.
pub async fn aim(cx: &Context, speaker: &Speaker, target: Target) -> Result<()> {
    let Some(place) = speaker.group() else {
        return Ok(());
    };
    let row = &speaker.row;
    let is_aimed = match target {
        Target::Host => row.is_with_host,
        Target::Agent(agent) => !row.is_with_host && row.named_id == Some(agent),
    };
    if !is_aimed {
        groups::aim(&cx.store, &place, &speaker.platform_user_id, target).await?;
    }
    Ok(())
}

/// Takes over who is in a group, where the product tells something new.
pub async fn meet(cx: &Context, speaker: &Speaker, participants: &[String]) -> Result<()> {
    let Some(place) = speaker.group() else {
        return Ok(());
    };
    let mut members: Vec<String> = participants.iter().map(|id| without_nul(id)).collect();
    members.push(speaker.platform_user_id.clone());
    members.sort_unstable();
    members.dedup();
    let digest = digest(&members);
    if speaker.row.members_digest.as_deref() != Some(digest.as_slice()) {
        groups::set_members(&cx.store, &place, &members, &digest).await?;
    }
    Ok(())
}

fn digest(members: &[String]) -> Vec<u8> {
    let mut digest = Sha256::new();
    for member in members {
        digest.update(member.len().to_be_bytes());
        digest.update(member);
    }
    digest.finalize().to_vec()
}

fn own(caller: &Caller, agent: &Agent) -> Result<store::ids::UserId> {
    let user = caller.person()?;
    if agent.owner_id == Some(user) {
        return Ok(user);
    }
    Err(Error::Forbidden {
        what: format!("share `{}`: it is not yours", agent.name),
    })
}

fn change_of(action: &'static str, place: &Place, agent: &Agent) -> Change {
    Change::of(action, agent.project_id, "agent", agent.id)
        .with(json!({ "channel": place.channel_id, "group": place.platform_chat_id }))
}
