//! The front desk meets what a platform reports before any agent does: it lets people in or not, answers the commands that
//! are the host's own, and passes everything else on. Nothing here waits for an agent.

mod command;
mod texts;

use channels::{Event, Heard, HeardAttachment};
use sandbox::types::{Attachment, AttachmentSource};
use store::answers::Answer;
use store::channels::{Access, Channel};
use store::ids::{DeliveryId, MessageId, TurnId};
use store::inbox::Received;
use store::reading::{Aside, Done, Reader, Step};

use self::command::Command;
use super::binding::public_id;
use super::{access, pairing};
use crate::content::without_nul;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::inbound::Inbound;
use crate::live::Topic;

/// What is to be done with an event.
pub struct Decision {
    /// What it turned out to be.
    pub meaning: Meaning,
    /// What is to be stored.
    pub work: Work,
}

/// What an event turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Something for an agent.
    Said,
    /// A command of the host's own.
    Command(&'static str),
    /// A code that let this person in.
    Granted(String),
    /// Someone who is not let in.
    NotAllowed,
    /// Nothing for an agent, and why.
    Ignored(&'static str),
    /// A chat that goes on under another id.
    Moved,
    /// Something that could not be read.
    SetAside,
}

/// What is to be stored of an event.
pub enum Work {
    /// A message for an agent.
    Agent(Box<Inbound>),
    /// What the host does itself.
    Host(Box<Step>),
    /// Nothing.
    Nothing,
}

/// What came of an event that a platform brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// What it turned out to be.
    pub meaning: Meaning,
    /// Whether it had been brought before.
    pub duplicate: bool,
}

/// Decides about an event and stores it, for platforms that call: they are answered when it is durable.
pub async fn arrive(cx: &Context, channel: &Channel, event: &Event) -> Result<Arrived> {
    let Decision { meaning, work } = decide(cx, channel, event).await?;
    let arrived = |duplicate| Arrived {
        meaning: meaning.clone(),
        duplicate,
    };
    match work {
        Work::Nothing => Ok(arrived(false)),
        Work::Agent(inbound) if inbound.shown_in.is_some() => {
            arrive_shown(cx, channel, *inbound, meaning).await
        }
        Work::Agent(inbound) => match cx.inbox.receive(*inbound).await {
            Ok(accepted) => Ok(arrived(accepted.duplicate)),
            // Shut out since the desk looked.
            Err(Error::Forbidden { .. }) => Ok(Arrived {
                meaning: Meaning::NotAllowed,
                duplicate: false,
            }),
            Err(error) => Err(error),
        },
        Work::Host(step) => {
            let done = take(cx, channel, vec![*step]).await?;
            Ok(arrived(done.contains(&Done::Answered(None))))
        }
    }
}

/// Stores a message that the platform shows already to be answered, with where: the answer may come at once.
async fn arrive_shown(
    cx: &Context,
    channel: &Channel,
    inbound: Inbound,
    meaning: Meaning,
) -> Result<Arrived> {
    let shown_in = inbound.shown_in.clone().unwrap_or_default();
    let receive = inbound.into_receive(MessageId::new(), TurnId::new());
    let steps = vec![
        Step::Shown(receive.turn_id, shown_in),
        Step::Receive(receive),
    ];
    let done = take(cx, channel, steps).await?;
    let meaning = match done.contains(&Done::Received(Received::Barred)) {
        true => Meaning::NotAllowed,
        false => meaning,
    };
    Ok(Arrived {
        meaning,
        duplicate: done.contains(&Done::Received(Received::Duplicate)),
    })
}

/// Takes steps of an event that a platform has called with.
async fn take(cx: &Context, channel: &Channel, steps: Vec<Step>) -> Result<Vec<Done>> {
    let reader = Reader {
        organization_id: channel.organization_id,
        channel_id: channel.id,
        lease: None,
    };
    let done = cx.inbox.take(&reader, steps).await?;
    // The platform tries again, in case it is switched on by then.
    let done = done.ok_or_else(|| {
        let name = format!("Channel `{}`", public_id(channel.id));
        Error::conflict(name, "it is not active")
    })?;
    tell(cx, &done);
    Ok(done)
}

/// Decides about an event. A code that lets someone in is used up by it; all else is left to be stored.
pub async fn decide(cx: &Context, channel: &Channel, event: &Event) -> Result<Decision> {
    match event {
        Event::Heard(heard) => meet(cx, channel, heard).await,
        Event::Moved { from, to } => Ok(Decision::host(
            Meaning::Moved,
            Step::Moved {
                from: without_nul(from),
                to: without_nul(to),
            },
        )),
        Event::Ignored { reason } => Ok(Decision::nothing(Meaning::Ignored(reason))),
        Event::Bad {
            platform_event_id,
            why,
            raw,
        } => {
            tracing::warn!(channel = %channel.id, why, "an update could not be read and is set aside");
            let aside = Aside {
                platform_event_id: platform_event_id.as_deref().map(without_nul),
                why: without_nul(why),
                raw: without_nul(raw),
            };
            Ok(Decision::host(Meaning::SetAside, Step::Aside(aside)))
        }
    }
}

/// Wakes those who watch the conversations in which something was said.
pub fn tell(cx: &Context, done: &[Done]) {
    for done in done {
        let conversation = match done {
            Done::Received(Received::Stored(stored)) => {
                let turn = stored.turn.as_ref();
                if turn.is_some() {
                    cx.live.changed(Topic::Turns(stored.conversation_id));
                }
                if let Some(agent) = turn.and_then(|turn| turn.agent_id) {
                    cx.live.changed(Topic::AgentTurns(agent));
                }
                stored.conversation_id
            }
            Done::Answered(Some(conversation)) => *conversation,
            _ => continue,
        };
        cx.live.changed(conversation);
    }
}

/// Someone who spoke.
async fn meet(cx: &Context, channel: &Channel, heard: &Heard) -> Result<Decision> {
    let person = &heard.platform_user_id;
    let is_in = channel.access == Access::Open || access::is_allowed(cx, channel, person).await?;
    let edited = heard.metadata.iter().any(|(name, _)| name == "edited");
    let command = Command::read(&heard.text).filter(|_| !edited);
    match (is_in, command) {
        (false, command) => at_the_door(cx, channel, heard, command).await,
        (true, Some(Command::Start)) => introduce(cx, channel, heard, "start").await,
        (true, Some(Command::Help)) => introduce(cx, channel, heard, "help").await,
        (true, Some(Command::New)) if !is_held(cx, channel, heard).await? => {
            Ok(begin_anew(channel, heard))
        }
        (true, Some(Command::Code(_))) => {
            let text = texts::already_in(channel.access).to_owned();
            Ok(answer(channel, heard, Meaning::Command("code"), text))
        }
        (true, Some(Command::Bare(_))) if channel.access != Access::Open => {
            let text = texts::already_in(channel.access).to_owned();
            Ok(answer(channel, heard, Meaning::Command("code"), text))
        }
        (true, _) => Ok(Decision {
            meaning: Meaning::Said,
            work: Work::Agent(Box::new(inbound(channel, heard))),
        }),
    }
}

/// Someone who was not let in: with a code they are, and without one they are told how, now and then.
async fn at_the_door(
    cx: &Context,
    channel: &Channel,
    heard: &Heard,
    command: Option<Command>,
) -> Result<Decision> {
    let person = &heard.platform_user_id;
    let text = match command.as_ref().and_then(Command::code) {
        Some(code) => match access::redeem(cx, channel, person, code).await? {
            access::Redeemed::Granted => {
                let meaning = Meaning::Granted(person.clone());
                return Ok(answer_to_secret(channel, heard, meaning, texts::GRANTED));
            }
            access::Redeemed::Wrong => {
                return Ok(answer_to_secret(
                    channel,
                    heard,
                    Meaning::NotAllowed,
                    texts::WRONG_CODE,
                ));
            }
            access::Redeemed::Limited => texts::TOO_MANY.to_owned(),
        },
        None => texts::unknown(heard.display_name.as_deref(), person),
    };
    if channel.access == Access::Paired
        && let Some((code, text)) = pairing::show(cx, channel, heard).await?
    {
        let mut decision = answer_to_secret(channel, heard, Meaning::NotAllowed, &text);
        if let Work::Host(step) = &mut decision.work
            && let Step::Answer(answer) = &mut **step
        {
            answer.pairing = Some(code);
        }
        return Ok(decision);
    }
    // Where one account has claimed the channel, a code is all that strangers could say; and what people say to each other
    // in a group is for no one to answer.
    let silent = channel.access == Access::Paired || (heard.is_group && command.is_none());
    if silent || !access::may_be_told(cx, channel, person).await? {
        return Ok(Decision::nothing(Meaning::NotAllowed));
    }
    Ok(answer_to_secret(channel, heard, Meaning::NotAllowed, &text))
}

/// The name of the project that a chat is about. For a channel, that is the one it lives in.
async fn active_project(cx: &Context, channel: &Channel) -> Result<Option<String>> {
    let (owner, project) = (channel.organization_id, channel.project_id);
    let project = store::projects::find(&cx.store, owner, project).await?;
    Ok(project.map(|project| project.name))
}

/// What the connection is and what can be said to it.
async fn introduce(
    cx: &Context,
    channel: &Channel,
    heard: &Heard,
    command: &'static str,
) -> Result<Decision> {
    let text = texts::help(active_project(cx, channel).await?.as_deref());
    Ok(answer(channel, heard, Meaning::Command(command), text))
}

/// Whether people hold the chat: to them `/new` is a message, and no way to be rid of them.
async fn is_held(cx: &Context, channel: &Channel, heard: &Heard) -> Result<bool> {
    let (owner, chat) = (channel.organization_id, &heard.platform_chat_id);
    let found = store::conversations::find_by_chat(&cx.store, owner, channel.id, chat).await?;
    Ok(found.is_some_and(|conversation| conversation.held_by.is_some()))
}

/// A chat that begins anew: what was said before is no longer part of it.
fn begin_anew(channel: &Channel, heard: &Heard) -> Decision {
    let text = texts::ANEW.to_owned();
    let mut decision = answer(channel, heard, Meaning::Command("new"), text);
    if let Work::Host(step) = &mut decision.work
        && let Step::Answer(answer) = &mut **step
    {
        answer.begins_anew = true;
    }
    decision
}

/// What the host says to something that was heard.
fn answer(channel: &Channel, heard: &Heard, meaning: Meaning, text: String) -> Decision {
    let message_id = MessageId::new();
    let answer = Answer {
        heard: inbound(channel, heard).into_receive(MessageId::new(), TurnId::nil()),
        keeps: true,
        begins_anew: false,
        text,
        message_id,
        delivery_id: DeliveryId::new(),
        pairing: None,
    };
    Decision::host(meaning, Step::Answer(answer))
}

/// The same where what was heard is not kept: it may be a code, or a stranger's.
fn answer_to_secret(channel: &Channel, heard: &Heard, meaning: Meaning, text: &str) -> Decision {
    let mut decision = answer(channel, heard, meaning, text.to_owned());
    if let Work::Host(step) = &mut decision.work
        && let Step::Answer(answer) = &mut **step
    {
        answer.keeps = false;
    }
    decision
}

fn inbound(channel: &Channel, heard: &Heard) -> Inbound {
    Inbound {
        organization_id: channel.organization_id,
        channel_id: channel.id,
        platform_event_id: heard.platform_event_id.clone(),
        platform_user_id: heard.platform_user_id.clone(),
        display_name: heard.display_name.clone(),
        platform_chat_id: heard.platform_chat_id.clone(),
        is_group: heard.is_group,
        title: heard.title.clone(),
        text: heard.text.clone(),
        attachments: heard.attachments.iter().map(attachment).collect(),
        metadata: heard.metadata.clone(),
        shown_in: heard.shown_in.clone(),
    }
}

fn attachment(heard: &HeardAttachment) -> Attachment {
    Attachment {
        name: heard.name.clone(),
        content_type: heard.content_type.clone(),
        size: heard.size,
        source: AttachmentSource::Url(heard.url.clone()),
        metadata: Vec::new(),
    }
}

impl Decision {
    fn host(meaning: Meaning, step: Step) -> Self {
        Self {
            meaning,
            work: Work::Host(Box::new(step)),
        }
    }

    fn nothing(meaning: Meaning) -> Self {
        Self {
            meaning,
            work: Work::Nothing,
        }
    }
}
