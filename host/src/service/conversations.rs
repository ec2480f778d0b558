//! Conversations: a conversation is one chat of a contact or a group on a channel; its messages are its log.

use std::collections::HashMap;
use std::sync::Arc;

use store::conversations::{self, Conversation};
use store::ids::{AgentId, ChannelId, ConversationId, OrganizationId, ProjectId};
use store::page::{Listed, Stretch};

use super::placed::{self, Placed, Within};
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};

/// A conversation that the caller may read, also one of a channel that is gone.
pub async fn find(
    cx: &Context,
    caller: &Caller,
    id: ConversationId,
) -> Result<Placed<Conversation>> {
    let found = conversations::find_many(&cx.store, caller.organization_id, &[id]).await?;
    let found = found.into_iter().next();
    let (conversation, project) =
        found.ok_or_else(|| Error::not_found("Conversation", id.public()))?;
    let operation = Operation::ReadConversations;
    caller.require(cx, project, operation).await?;
    Ok(Placed::new(conversation, project))
}

/// Says which agent answers in someone's own chat; with none, whoever answers everyone on the channel. No right is asked:
/// what their agents are was looked at by whoever calls.
pub async fn load(
    cx: &Context,
    owner: OrganizationId,
    id: ConversationId,
    agent: Option<AgentId>,
) -> Result<()> {
    conversations::set_agent(&cx.store, owner, id, agent).await?;
    cx.live.changed(id);
    Ok(())
}

/// Holds back the notices of what is at work in someone's own chat. Whether anything is. No right is asked, as above.
pub async fn mute(cx: &Context, owner: OrganizationId, id: ConversationId) -> Result<bool> {
    Ok(conversations::mute(&cx.store, owner, id).await?)
}

/// The conversations that the caller may read among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Placed<Conversation>>> {
    let found = cx
        .reads
        .conversations(&cx.store, reach.organization_id(), ids)
        .await?;
    let place = |found: Arc<(Arc<Conversation>, ProjectId)>| {
        let (row, project) = (found.0.clone(), found.1);
        let seen = reach.may(project, Operation::ReadConversations);
        seen.then(|| (row.id, Placed::new(row, project)))
    };
    Ok(found.into_iter().filter_map(place).collect())
}

/// A stretch of the conversations of each channel, the newest first.
pub async fn of_channels(
    cx: &Context,
    reach: &Reach,
    channels: &[Within<ChannelId>],
    stretch: &Stretch<ConversationId>,
) -> Result<HashMap<Within<ChannelId>, Listed<Placed<Conversation>>>> {
    let parents = placed::allowed(reach, channels, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let owner = reach.organization_id();
    let read = conversations::of_channels(&cx.store, owner, &ids, stretch).await?;
    Ok(placed::lists(parents, read, Placed::new))
}
