//! Saying something from an agent's live page: a message of the person in their conversation, as if it had come from where
//! that conversation is.

use std::time::Duration;

use serde_json::json;
use store::agents::Agent;
use store::conversations::Conversation;
use store::ids::{AgentId, ChatId, ContactId, ConversationId, MessageId};
use store::inbox::{self, Route};
use store::users::User;
use store::{consoles, contacts, sessions};

use super::{Asked, channel, open};
use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::inbound::{Accepted, Directed, Inbound};
use crate::service::accounts::{self, Cost};
use crate::service::audit::{self, Change};
use crate::service::projects;

/// Characters of a prompt at most.
pub const TEXT: usize = 20_000;
/// The longest id that a page may give a message.
const MESSAGE_ID: usize = 100;

/// What a person says from a page.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// Made by the page: the same twice is one message.
    pub message_id: String,
    /// The text.
    pub text: String,
}

/// Where it went.
#[derive(Clone, Copy, Debug)]
pub struct Prompted {
    /// The conversation that it is in.
    pub conversation: ConversationId,
    /// The stored message.
    pub message: MessageId,
}

/// Hands what a person says to the agent. What it answers is seen on the page, and where the conversation is.
pub async fn say(cx: &Context, caller: &Caller, asked: &Asked, prompt: Prompt) -> Result<Prompted> {
    let console = open(cx, caller, asked).await?;
    if !console.may_prompt {
        return Err(Error::Forbidden {
            what: "say something to this agent here".to_owned(),
        });
    }
    check(&prompt)?;
    let (agent, project) = (console.agent.id, console.agent.project_id);
    let change = Change::of("promptAgent", project, "agent", agent.public());
    let change = change.with(json!({ "messageId": prompt.message_id }));
    let said = async {
        let inbound = match (&console.conversation, console.contact) {
            (Some(conversation), Some(contact)) => there(cx, conversation, contact, prompt).await?,
            _ => own(cx, caller, &console.agent, prompt).await?,
        };
        let chat = match &console.conversation {
            Some(conversation) => chat_of(cx, conversation).await?,
            None => None,
        };
        let payer = match console.agent.owner_id {
            Some(_) => pay(cx, caller, &inbound).await?,
            None => None,
        };
        let entered = hand_in(cx, inbound, (agent, chat)).await;
        let is_new = matches!(&entered, Ok(entered) if !entered.duplicate);
        if let (false, Some(payer)) = (is_new, &payer) {
            accounts::give_back_to(cx, payer, Cost::Prompt).await?;
        }
        let accepted = entered?;
        Ok(Prompted {
            conversation: accepted.conversation_id,
            message: accepted.message_id,
        })
    };
    audit::change(cx, caller, change, Box::pin(said)).await
}

/// Counts a message to an agent of one's own, or to one that is shared, as one in a chat is counted; whose it is that was
/// counted. The same again is the same message.
async fn pay(cx: &Context, caller: &Caller, inbound: &Inbound) -> Result<Option<User>> {
    let event = inbound.platform_event_id.as_deref().unwrap_or_default();
    let (owner, channel) = (inbound.organization_id, inbound.channel_id);
    if inbox::first(&cx.store, owner, channel, event)
        .await?
        .is_some()
    {
        return Ok(None);
    }
    let user = projects::viewer(cx, caller).await?;
    if accounts::spend_of(cx, &user, Cost::Prompt).await? {
        return Ok(Some(user));
    }
    let why =
        "has used its free messages to agents: set it up to go on, at /account; nothing is lost";
    Err(Error::conflict("your account", why))
}

/// Stores a message for the agent. No one waits for the answer: whoever watches sees it, and a platform gets it as a delivery.
async fn hand_in(
    cx: &Context,
    inbound: Inbound,
    (agent, chat): (AgentId, Option<ChatId>),
) -> Result<Accepted> {
    let directed = Directed {
        chat_id: chat,
        route: Some(Route {
            agent_id: Some(agent),
            ..Route::default()
        }),
        ..Directed::default()
    };
    let entered = cx.inbox.enter(inbound, directed, Duration::ZERO).await?;
    let entered = entered.ok_or_else(|| Error::internal("a message was not stored"))?;
    Ok(entered.accepted)
}

/// The thread that goes on in a conversation, where that is a session.
async fn chat_of(cx: &Context, conversation: &Conversation) -> Result<Option<ChatId>> {
    let ids = [conversation.id];
    let states = sessions::states(&cx.store, conversation.organization_id, &ids).await?;
    Ok(states.first().and_then(|state| state.active_chat_id))
}

/// The message in a conversation that the person is in as a contact of its platform.
async fn there(
    cx: &Context,
    conversation: &Conversation,
    contact: ContactId,
    prompt: Prompt,
) -> Result<Inbound> {
    let found = contacts::find(&cx.store, conversation.organization_id, contact).await?;
    let contact = found.ok_or_else(|| Error::internal("a contact is gone"))?;
    Ok(Inbound {
        organization_id: conversation.organization_id,
        channel_id: conversation.channel_id,
        platform_event_id: Some(event(&contact.platform_user_id, &prompt)),
        platform_user_id: contact.platform_user_id,
        display_name: None,
        platform_chat_id: conversation.platform_chat_id.clone(),
        is_group: conversation.is_group,
        title: None,
        text: prompt.text,
        attachments: Vec::new(),
        metadata: Vec::new(),
        shown_in: None,
    })
}

/// The message in the person's own conversation from the page, which begins with it where there is none.
async fn own(cx: &Context, caller: &Caller, agent: &Agent, prompt: Prompt) -> Result<Inbound> {
    let user = projects::viewer(cx, caller).await?;
    let channel = channel::of(cx, caller, agent).await?;
    // Before the message: the agent is told which user it is.
    consoles::contact(&cx.store, agent.organization_id, channel, &user).await?;
    let platform_user_id = user.id.public();
    Ok(Inbound {
        organization_id: agent.organization_id,
        channel_id: channel,
        platform_event_id: Some(event(&platform_user_id, &prompt)),
        platform_user_id,
        display_name: None,
        platform_chat_id: channel::chat(agent, user.id),
        is_group: false,
        title: None,
        text: prompt.text,
        attachments: Vec::new(),
        metadata: Vec::new(),
        shown_in: None,
    })
}

/// Ids are made by pages: another person's, or a platform's own, must not count as a repetition.
fn event(speaker: &str, prompt: &Prompt) -> String {
    format!("live/{speaker}/{}", prompt.message_id)
}

fn check(prompt: &Prompt) -> Result<()> {
    let length = |text: &str| text.chars().count();
    if !(1..=MESSAGE_ID).contains(&length(&prompt.message_id)) {
        let why = format!("must have 1 to {MESSAGE_ID} characters");
        return Err(Error::invalid("messageId", why));
    }
    if prompt.text.trim().is_empty() || length(&prompt.text) > TEXT {
        let why = format!("must have 1 to {TEXT} characters that show");
        return Err(Error::invalid("text", why));
    }
    Ok(())
}
