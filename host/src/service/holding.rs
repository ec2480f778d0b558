//! People in conversations: a person says something, or takes a conversation over from its agent, alone or for a team, and
//! hands it back.
//!
//! From the moment that a conversation is held no agent answers in it. A turn that runs then counts for nothing, turns that
//! wait are skipped, and what the contact says is history that no turn handles. Timers that come due wait. After it was
//! handed back, the agent answers the next message.

use serde_json::json;
use store::conversations::{self, Conversation, Holder};
use store::ids::{ConversationId, DeliveryId, MessageId, ProjectId};
use store::messages::{self, Message, Saying};
use uuid::Uuid;

use super::audit::{self, Change};
use super::placed::Placed;
use super::{channels, teams};
use crate::auth::{Caller, Operation, Standing};
use crate::content::without_nul;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;

/// Characters of a person's message at most.
const TEXT: usize = 20_000;

/// Says something in a conversation as the caller.
pub async fn send_message(
    cx: &Context,
    caller: &Caller,
    conversation: ConversationId,
    text: &str,
) -> Result<Placed<Message>> {
    if text.trim().is_empty() || text.chars().count() > TEXT {
        let why = format!("must have 1 to {TEXT} characters that show");
        return Err(Error::invalid("text", why));
    }
    let found = find(cx, caller, conversation).await?;
    let channel =
        channels::find_for(cx, caller, found.channel_id, Operation::WriteConversations).await?;
    let driver = channel
        .kind
        .parse()
        .ok()
        .and_then(|kind| cx.drivers.get(kind));
    let is_carried = driver.is_some_and(|driver| driver.carries());
    let saying = Saying {
        organization_id: found.organization_id,
        conversation_id: found.id,
        id: MessageId::new(),
        user_id: Some(caller.maker()?),
        text: without_nul(text),
        content: None,
        delivery_id: is_carried.then(DeliveryId::new),
    };
    let change = Change::of(
        "sendMessage",
        channel.project_id,
        "conversation",
        conversation,
    )
    .with(json!({ "message": saying.id }));
    let said = audit::change(cx, caller, change, async {
        let said = messages::say(&cx.store, saying).await?;
        said.ok_or_else(|| Error::not_found("Conversation", conversation))
    })
    .await?;
    cx.live.changed(found.id);
    if is_carried {
        cx.live.changed(Topic::Outbox);
        cx.live.changed(Topic::Deliveries(found.channel_id));
    }
    Ok(Placed::new(said, channel.project_id))
}

/// Takes a conversation over: for a team that the caller is in, or for the caller alone. One that another person holds is
/// theirs, unless the caller manages the project.
pub async fn take_over(
    cx: &Context,
    caller: &Caller,
    conversation: ConversationId,
    team: Option<Uuid>,
) -> Result<Placed<Conversation>> {
    let (found, project, standing) = may_hold(cx, caller, conversation).await?;
    let own = Holder::User(caller.maker()?);
    let holder = match team {
        Some(team) => {
            let is_in_it = teams::is_in(cx, caller, team.into()).await?;
            if !is_in_it && !standing.manages() {
                return Err(Error::Forbidden {
                    what: "take this over for a team that you are not in".to_owned(),
                });
            }
            Holder::Team(team)
        }
        None => own,
    };
    let now = found.holder();
    if now == Some(holder) {
        return Ok(Placed::new(found, project));
    }
    if let Some(other @ Holder::User(_)) = now
        && other != own
        && !standing.manages()
    {
        return Err(taken(conversation));
    }
    let change = Change::of(
        "takeOverConversation",
        project,
        "conversation",
        conversation,
    )
    .with(json!({ "team": team }));
    let skipped = audit::change(cx, caller, change, async {
        conversations::hold(&cx.store, found.organization_id, found.id, now, holder)
            .await?
            .ok_or_else(|| taken(conversation))
    })
    .await?;
    cx.live.changed(found.id);
    cx.live.changed(Topic::Turns(found.id));
    for agent in skipped {
        cx.live.changed(Topic::AgentTurns(agent));
    }
    Ok(Placed::new(find(cx, caller, conversation).await?, project))
}

/// Hands a conversation back to its agent: by whoever holds it, someone of the team that does, or who manages the project.
pub async fn hand_back(
    cx: &Context,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Placed<Conversation>> {
    let (found, project, standing) = may_hold(cx, caller, conversation).await?;
    let Some(now) = found.holder() else {
        return Ok(Placed::new(found, project));
    };
    let is_own = match now {
        Holder::User(user) => user == caller.maker()?,
        Holder::Team(team) => teams::is_in(cx, caller, team.into()).await?,
    };
    if !is_own && !standing.manages() {
        return Err(taken(conversation));
    }
    let change = Change::of(
        "handBackConversation",
        project,
        "conversation",
        conversation,
    );
    audit::change(cx, caller, change, async {
        if conversations::hand_back(&cx.store, found.organization_id, found.id, now).await? {
            Ok(())
        } else {
            Err(taken(conversation))
        }
    })
    .await?;
    cx.live.changed(found.id);
    Ok(Placed::new(find(cx, caller, conversation).await?, project))
}

async fn may_hold(
    cx: &Context,
    caller: &Caller,
    id: ConversationId,
) -> Result<(Conversation, ProjectId, Standing)> {
    let found = find(cx, caller, id).await?;
    let channel =
        channels::find_for(cx, caller, found.channel_id, Operation::HoldConversations).await?;
    let standing = caller
        .require(cx, channel.project_id, Operation::HoldConversations)
        .await?;
    Ok((found, channel.project_id, standing))
}

async fn find(cx: &Context, caller: &Caller, id: ConversationId) -> Result<Conversation> {
    conversations::find(&cx.store, caller.organization_id, id)
        .await?
        .ok_or_else(|| Error::not_found("Conversation", id))
}

fn taken(id: ConversationId) -> Error {
    let why = "someone else holds it; they hand it back, or who manages the project takes it over";
    Error::conflict(format!("Conversation `{id}`"), why)
}
