//! The channel of a project on which people talk to its agents from their live pages: it is made when someone first does, has
//! no driver, and what is said on it is fetched by its readers.

use serde_json::json;
use store::agents::Agent;
use store::channels::{self, Access, Channel, ChannelStatus, NewChannel};
use store::consoles::{self, KIND};
use store::conversations::{self, Conversation};
use store::ids::{ChannelId, UserId};

use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::audit::{self, Change};

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

/// Whether a conversation is someone's with an agent, from its page.
pub(super) fn is_with(channel: &Channel, conversation: &Conversation, agent: &Agent) -> bool {
    let with = conversation.platform_chat_id.split_once('/');
    channel.kind == KIND && with.is_some_and(|(with, _)| with == agent.id.public())
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
