//! Consoles: a console is an agent's live page. It shows what the agent logs and what is said in one conversation with it, and
//! has a line to say something there. Whoever the agent's project lets read conversations sees the log, and has a
//! conversation of their own from the page; people of a messaging product see the conversation that they are in.

mod channel;
mod link;
mod say;

use store::agents::{self, Agent};
use store::channels;
use store::consoles::KIND;
use store::conversations::{self, Conversation};
use store::ids::{AgentId, ContactId, ConversationId, UserId};

pub use self::link::{Link, Opened, create_link, link_for, use_link};
pub use self::say::{Prompt, Prompted, TEXT, say};
use crate::auth::{Caller, Operation, Standing, rights};
use crate::context::Context;
use crate::error::{Error, Result};

/// Which page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The agent, by id, or by name in the caller's default project.
    pub agent: String,
    /// The conversation; else the caller's own from the page.
    pub conversation: Option<ConversationId>,
}

/// A page as its caller may use it.
#[derive(Clone, Debug)]
pub struct Console {
    /// The agent.
    pub agent: Agent,
    /// What is said in it is shown; none where the caller has said nothing from the page yet.
    pub conversation: Option<Conversation>,
    /// Whom the caller is there.
    pub contact: Option<ContactId>,
    /// Whether the agent's log is shown.
    pub sees_log: bool,
    /// Whether the caller may say something.
    pub may_prompt: bool,
}

impl Console {
    /// Whether someone who watches has nothing new to learn from another look at the page.
    pub fn stands_as(&self, other: &Console) -> bool {
        let seen = |console: &Console| {
            let Console {
                agent,
                conversation,
                ..
            } = console;
            let conversation = conversation.as_ref().map(|conversation| conversation.id);
            (
                agent.status,
                agent.status_reason.clone(),
                console.may_prompt,
                conversation,
            )
        };
        seen(self) == seen(other)
    }
}

/// What the caller may in the agent's project.
#[derive(Clone, Copy)]
struct May {
    read: bool,
    write: bool,
}

/// A page, for a person who may open it.
pub async fn open(cx: &Context, caller: &Caller, asked: &Asked) -> Result<Console> {
    let user = caller.person()?;
    let agent = find(cx, caller, &asked.agent).await?;
    let standing = caller.standing_in(cx, agent.project_id).await?;
    let mut may = May::of(standing);
    if agent.owner_id == Some(user) {
        may = May::MAKER;
    }
    match asked.conversation {
        None => own(cx, user, agent, may).await,
        Some(id) => of_conversation(cx, caller, user, agent, may, id).await,
    }
}

/// The caller's own conversation from the page.
async fn own(cx: &Context, user: UserId, agent: Agent, may: May) -> Result<Console> {
    if !may.read {
        return Err(no_agent(&agent.id.public()));
    }
    let conversation = channel::conversation(cx, &agent, user).await?;
    Ok(Console {
        contact: conversation.as_ref().and_then(|found| found.contact_id),
        conversation,
        agent,
        sees_log: true,
        may_prompt: may.write,
    })
}

/// A conversation with the agent: for those who are in it, and for those who may read it.
async fn of_conversation(
    cx: &Context,
    caller: &Caller,
    user: UserId,
    agent: Agent,
    may: May,
    id: ConversationId,
) -> Result<Console> {
    let missing = || Error::not_found("Conversation", id.public());
    let owner = agent.organization_id;
    let found = conversations::find(&cx.store, owner, id).await?;
    let conversation = going_on(cx, found.ok_or_else(missing)?).await?;
    let channel = channels::find(&cx.store, owner, conversation.channel_id).await?;
    let channel = channel.ok_or_else(missing)?;
    if !channel::answers(cx, &channel, &conversation, &agent, user).await? {
        // Another agent is loaded there by now: what is left is one's own conversation from the page.
        return match may.read && !conversation.is_group && channel.kind != KIND {
            true => Box::pin(self::own(cx, user, agent, may)).await,
            false => Err(missing()),
        };
    }
    let own = channel::contact(cx, &channel, &conversation, user).await?;
    let reads = caller.standing_in(cx, channel.project_id).await?;
    if own.is_none() && !May::of(reads).read {
        return Err(missing());
    }
    let is_console = channel.kind == KIND;
    Ok(Console {
        may_prompt: own.is_some() && (may.write || !is_console),
        contact: own.map(|own| own.id),
        conversation: Some(conversation),
        sees_log: may.read,
        agent,
    })
}

/// Where a chat goes on that has begun anew.
async fn going_on(cx: &Context, found: Conversation) -> Result<Conversation> {
    if found.ended_at.is_none() {
        return Ok(found);
    }
    let chat = &found.platform_chat_id;
    let (owner, channel) = (found.organization_id, found.channel_id);
    let next = conversations::find_by_chat(&cx.store, owner, channel, chat).await?;
    Ok(next.unwrap_or(found))
}

/// An agent of the caller's organization, whether or not they may see it.
async fn find(cx: &Context, caller: &Caller, name: &str) -> Result<Agent> {
    let owner = caller.organization_id;
    let agent = match name.parse::<AgentId>() {
        Ok(id) => agents::find(&cx.store, owner, id).await?,
        Err(_) => {
            let project = caller.home(cx).await?;
            agents::find_by_name(&cx.store, owner, project, name).await?
        }
    };
    agent.ok_or_else(|| no_agent(name))
}

fn no_agent(name: &str) -> Error {
    Error::not_found("Agent", name)
}

impl May {
    /// Whoever made an agent for themselves sees all of it, and talks to it.
    const MAKER: May = May {
        read: true,
        write: true,
    };

    fn of(standing: Option<Standing>) -> Self {
        let may = |operation| standing.is_some_and(|standing| rights::may(standing, operation));
        Self {
            read: may(Operation::ReadConversations),
            write: may(Operation::WriteConversations),
        }
    }
}
