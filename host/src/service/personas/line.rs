//! The line: where people of the house talk to a persona themselves, without a platform between. It is a web channel of its
//! own to which no one else is let in, made when it is first used, with a conversation for each of them.

use std::future::ready;

use ::channels::Kind;
use futures_util::{Stream, StreamExt};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::agents::Agent;
use store::channels::{self as rows, Access, Channel, ChannelStatus, NewChannel};
use store::contacts;
use store::conversations::{self, NewConversation};
use store::ids::{ChannelId, ConversationId, UserId};
use store::messages::{Direction, Message};
use uuid::Uuid;

use super::{Persona, agent, running};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::inbound::Inbound;
use crate::service::audit::{self, Change};
use crate::service::placed::Placed;
use crate::service::{binding, feeds};

pub use store::messages::Entry;

/// Messages that a conversation shows.
const ENTRIES: u32 = 500;
/// Characters of a message.
const TEXT: usize = 32_000;
/// How often a line may have been deleted.
const LINES: u32 = 100;

/// Says something to a persona, which has to run. What it answers is told to those who watch.
pub async fn hear(cx: &Context, caller: &Caller, persona: &str, text: &str) -> Result<()> {
    let Persona { agent, .. } = running(cx, caller, persona).await?;
    caller
        .require(cx, agent.project_id, Operation::WriteConversations)
        .await?;
    if !(1..=TEXT).contains(&text.chars().count()) {
        let why = format!("must have 1 to {TEXT} characters");
        return Err(Error::invalid("message", why));
    }
    let line = open(cx, caller, &agent).await?;
    cx.inbox
        .receive(Inbound {
            organization_id: agent.organization_id,
            channel_id: line.channel,
            platform_event_id: None,
            platform_user_id: name_of(line.user),
            display_name: None,
            platform_chat_id: name_of(line.user),
            is_group: false,
            title: None,
            text: text.to_owned(),
            attachments: Vec::new(),
            metadata: Vec::new(),
            shown_in: None,
        })
        .await?;
    Ok(())
}

/// What was said to a persona and by it, on all of its channels, oldest first: the newest of it.
pub async fn conversation(cx: &Context, caller: &Caller, persona: &str) -> Result<Vec<Entry>> {
    let agent = agent(cx, caller, persona, Operation::ReadConversations).await?;
    let owner = agent.organization_id;
    Ok(store::messages::of_agent(&cx.store, owner, agent.id, ENTRIES).await?)
}

/// What a persona says to the caller on their line, from now on.
pub async fn watch(
    cx: &Context,
    caller: &Caller,
    persona: &str,
) -> Result<impl Stream<Item = Result<String>> + Send + use<>> {
    let agent = agent(cx, caller, persona, Operation::WriteConversations).await?;
    let line = open(cx, caller, &agent).await?;
    let messages = feeds::messages(cx, caller, line.conversation, None).await?;
    let said = |message: Result<Placed<Message>>| match message {
        Ok(message) if message.direction == Direction::Outbound => Some(Ok(message.text.clone())),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    };
    Ok(messages.filter_map(move |message| ready(said(message))))
}

/// Whether a channel is an agent's line.
pub(super) fn is_line(agent: &Agent, channel: &Channel) -> bool {
    channel.kind == Kind::Web.as_str() && channel.name == agent.id.to_string()
}

/// Someone's conversation on a line.
struct Line {
    channel: ChannelId,
    user: UserId,
    conversation: ConversationId,
}

async fn open(cx: &Context, caller: &Caller, agent: &Agent) -> Result<Line> {
    let (owner, user) = (agent.organization_id, caller.maker()?);
    let channel = channel(cx, caller, agent).await?;
    let name = name_of(user);
    store::access::allow(&cx.store, owner, channel, &name).await?;
    let find = || conversations::find_by_chat(&cx.store, owner, channel, &name);
    let line = |conversation| Line {
        channel,
        user,
        conversation,
    };
    if let Some(found) = find().await? {
        return Ok(line(found.id));
    }
    let contact = contacts::find_on_channel(&cx.store, owner, channel, &name).await?;
    let new = NewConversation {
        organization_id: owner,
        id: ConversationId::new(),
        channel_id: channel,
        platform_chat_id: name.clone(),
        contact_id: contact.map(|contact| contact.id),
        is_group: false,
        title: None,
    };
    match conversations::create(&cx.store, new).await {
        Ok(made) => Ok(line(made.id)),
        Err(error) if error.is_conflict_of("conversations_chat_key") => {
            let found = find().await?;
            let found = found.ok_or_else(|| Error::internal("a conversation that is taken"))?;
            Ok(line(found.id))
        }
        Err(error) => Err(error.into()),
    }
}

/// The line's channel. Its id follows from the agent's, so that of two who make it at once one does; where it was deleted,
/// the next one follows.
async fn channel(cx: &Context, caller: &Caller, agent: &Agent) -> Result<ChannelId> {
    let owner = agent.organization_id;
    for number in 0..LINES {
        let id = id_of(agent, number);
        if rows::find(&cx.store, owner, id).await?.is_some() {
            return Ok(id);
        }
        match make(cx, caller, agent, id).await {
            Ok(()) => return Ok(id),
            // It was made meanwhile, or was here and is gone.
            Err(Error::Conflict { .. }) => {
                if rows::find(&cx.store, owner, id).await?.is_some() {
                    return Ok(id);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::conflict(
        format!("Persona `{}`", agent.name),
        "has had its line deleted too often",
    ))
}

async fn make(cx: &Context, caller: &Caller, agent: &Agent, id: ChannelId) -> Result<()> {
    let driver = cx.drivers.get(Kind::Web);
    let driver = driver.ok_or_else(|| Error::internal("there is no driver of web channels"))?;
    let settings = driver
        .parse_settings(&json!({}), None)
        .map_err(Error::internal)?;
    let credential = match &settings.credential {
        Some(credential) => {
            let place = binding::credential_place(&id);
            let sealed = cx.vault.seal_json(credential.expose(), &place);
            Some(sealed.map_err(Error::internal)?)
        }
        None => None,
    };
    let row = NewChannel {
        organization_id: agent.organization_id,
        id,
        project_id: agent.project_id,
        kind: Kind::Web.as_str().to_owned(),
        name: agent.id.to_string(),
        primary_agent_id: Some(agent.id),
        access: Access::AllowList,
        status: ChannelStatus::Active,
        configuration: settings.configuration,
        credential,
        created_by: caller.maker()?,
    };
    let name = binding::public_id(id);
    let change = Change::of("createChannel", agent.project_id, "channel", &name);
    let change = change.with(json!({ "kind": "web", "agent": agent.id }));
    audit::change(cx, caller, change, async {
        match rows::create(&cx.store, row).await {
            Ok(_) => Ok(()),
            Err(store::StoreError::Conflict { .. }) => Err(Error::conflict(
                format!("Channel `{name}`"),
                "is or was there already",
            )),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

fn id_of(agent: &Agent, number: u32) -> ChannelId {
    let digest = Sha256::digest(format!("line {number} of {}", agent.id));
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = from);
    ChannelId::from(Uuid::from_bytes(bytes))
}

fn name_of(user: UserId) -> String {
    format!("user:{user}")
}
