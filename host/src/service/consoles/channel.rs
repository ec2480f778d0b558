//! The channel of a project on which people talk to its agents from their live pages: it is made when someone first does, has
//! no driver, and what is said on it is fetched by its readers.

use serde_json::json;
use store::agents::Agent;
use store::channels::{self, Access, Channel, ChannelStatus, NewChannel};
use store::consoles::{self, KIND};
use store::contacts::{self, Contact};
use store::conversations::{self, Conversation};
use store::groups::Place;
use store::ids::{ChannelId, UserId};

use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::audit::{self, Change};
use crate::service::groups;

/// The chat of a user with an agent.
pub(super) fn chat(agent: &Agent, user: UserId) -> String {
    format!("{}/{}", agent.id.public(), user.public())
}

/// A user's conversation with an agent, if they have said anything.
pub(super) async fn conversation(
    cx: &Context,
    agent: &Agent,
    user: UserId,
) -> Result<Option<Conversation>> {
    let owner = agent.organization_id;
    let channel = consoles::channel(&cx.store, owner, agent.project_id).await?;
    let Some(channel) = channel else {
        return Ok(None);
    };
    let chat = chat(agent, user);
    Ok(conversations::find_by_chat(&cx.store, owner, channel, &chat).await?)
}

/// Whether an agent answers in a conversation: it was begun from its page, it is loaded there, everyone on the channel is
/// answered by it, or it is shared in the group or the caller's own.
pub(super) async fn answers(
    cx: &Context,
    channel: &Channel,
    conversation: &Conversation,
    agent: &Agent,
    user: UserId,
) -> Result<bool> {
    if channel.kind == KIND {
        let with = conversation.platform_chat_id.split_once('/');
        return Ok(with.is_some_and(|(with, _)| with == agent.id.public()));
    }
    if conversation.agent_id.or(channel.primary_agent_id) == Some(agent.id) {
        return Ok(true);
    }
    if !conversation.is_group {
        return Ok(false);
    }
    if agent.owner_id == Some(user) {
        return Ok(true);
    }
    let shared = groups::shared(cx, &place(conversation)).await?;
    Ok(shared.iter().any(|shared| shared.id == agent.id))
}

/// Whom a user is in a conversation: the one contact of a direct chat, or a member of a group.
pub(super) async fn contact(
    cx: &Context,
    channel: &Channel,
    conversation: &Conversation,
    user: UserId,
) -> Result<Option<Contact>> {
    let owner = channel.organization_id;
    for contact in contacts::of_user(&cx.store, owner, channel.id, user).await? {
        let is_in = match conversation.is_group {
            false => conversation.contact_id == Some(contact.id),
            true => {
                let place = place(conversation);
                let name = &contact.platform_user_id;
                consoles::is_in_group(&cx.store, &place, conversation.id, contact.id, name).await?
            }
        };
        if is_in {
            return Ok(Some(contact));
        }
    }
    Ok(None)
}

fn place(conversation: &Conversation) -> Place {
    Place {
        organization_id: conversation.organization_id,
        channel_id: conversation.channel_id,
        platform_chat_id: conversation.platform_chat_id.clone(),
    }
}

/// The channel of the agent's project, made where there is none. Another host may do so at once.
pub(super) async fn of(cx: &Context, caller: &Caller, agent: &Agent) -> Result<ChannelId> {
    let (owner, project) = (agent.organization_id, agent.project_id);
    if let Some(channel) = consoles::channel(&cx.store, owner, project).await? {
        return Ok(channel);
    }
    let id = ChannelId::new();
    let change = Change::of("createChannel", project, "channel", id.public())
        .with(json!({ "kind": KIND, "name": "Live pages" }));
    let row = NewChannel {
        organization_id: owner,
        id,
        project_id: project,
        kind: KIND.to_owned(),
        name: "Live pages".to_owned(),
        primary_agent_id: None,
        access: Access::Open,
        status: ChannelStatus::Active,
        configuration: json!({}),
        credential: None,
        created_by: caller.person()?,
    };
    let there = || Error::conflict(KIND, "the channel is there already");
    let made = audit::change(cx, caller, change, async {
        let made = channels::create(&cx.store, row).await;
        made.map_err(|error| match error.is_conflict_of("channels_console_key") {
            true => there(),
            false => error.into(),
        })
    })
    .await;
    match made {
        Ok(_) | Err(Error::Conflict { .. }) => {}
        Err(error) => return Err(error),
    }
    let channel = consoles::channel(&cx.store, owner, project).await?;
    channel.ok_or_else(there)
}
