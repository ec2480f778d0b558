//! The front desk meets what a platform reports before any agent does: it lets people in or not, answers the commands that
//! are the host's own, and passes everything else on, as the chat's session has it. Nothing here waits for an agent.

mod arrive;
mod command;
mod texts;

use channels::{Event, Heard, HeardAttachment};
use sandbox::types::{Attachment, AttachmentSource};
use store::answers::Answer;
use store::channels::{Access, Channel};
use store::ids::{ChatId, DeliveryId, MessageId, TurnId};
use store::inbox::Received;
use store::reading::{Aside, Done, Step};

use self::command::Command;
use super::external::{self, Entering, Here};
use super::{access, pairing};
use crate::content::without_nul;
use crate::context::Context;
use crate::error::Result;
use crate::inbound::Inbound;
use crate::live::Topic;

pub use self::arrive::{Arrived, arrive};

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
    /// A message for an agent, or for the host to say where the chat goes on.
    Said(Box<Entering>),
    /// What the host does itself.
    Host(Box<Step>),
    /// Nothing.
    Nothing,
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
    let command = Command::read(&heard.text).filter(|_| !has(heard, "edited"));
    if !is_in {
        return at_the_door(cx, channel, heard, command).await;
    }
    // Where anyone may talk, what looks like a code may be anything.
    let is_ours =
        |command: &Command| !matches!(command, Command::Bare(_)) || channel.access != Access::Open;
    let Some(command) = command.filter(is_ours) else {
        return said(cx, channel, heard).await;
    };
    let (chat, is_group) = (&heard.platform_chat_id, heard.is_group);
    let Some(here) = external::here_in_chat(cx, channel, chat, is_group).await? else {
        return said(cx, channel, heard).await;
    };
    let name = command.name();
    let text = match command {
        Command::Start | Command::Help => texts::help(&here.project.name, here.may_go),
        // To people who hold the chat it is a message, and no way to be rid of them.
        Command::New if here.is_held => return said(cx, channel, heard).await,
        Command::New => return Ok(begin_anew(channel, heard, here)),
        Command::Code(_) | Command::Bare(_) => texts::already_in(channel.access).to_owned(),
    };
    let answer = answer(channel, heard, here.chat, text);
    Ok(Decision::host(Meaning::Command(name), Step::Answer(answer)))
}

/// Something for an agent, or about where the chat is to go on.
async fn said(cx: &Context, channel: &Channel, heard: &Heard) -> Result<Decision> {
    let is_talk = !has(heard, "edited") && !has(heard, "button");
    let entering = external::enter_chat(cx, channel, inbound(channel, heard), is_talk).await?;
    Ok(Decision {
        meaning: Meaning::Said,
        work: Work::Said(Box::new(entering)),
    })
}

fn has(heard: &Heard, mark: &str) -> bool {
    heard.metadata.iter().any(|(name, _)| name == mark)
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

/// A chat that begins anew: what was said before is no longer part of it.
fn begin_anew(channel: &Channel, heard: &Heard, here: Here) -> Decision {
    let said = answer(channel, heard, here.chat, texts::ANEW.to_owned());
    let answer = Answer {
        change: Some(here.anew()),
        ..said
    };
    Decision::host(Meaning::Command("new"), Step::Answer(answer))
}

/// What the host says to something that was heard, in this thread.
fn answer(channel: &Channel, heard: &Heard, chat: Option<ChatId>, text: String) -> Answer {
    let mut heard = inbound(channel, heard).into_receive(MessageId::new(), TurnId::nil());
    heard.chat_id = chat;
    Answer {
        heard,
        keeps: true,
        change: None,
        text,
        message_id: MessageId::new(),
        delivery_id: DeliveryId::new(),
        pairing: None,
    }
}

/// The same where what was heard is not kept: it may be a code, or a stranger's.
fn answer_to_secret(channel: &Channel, heard: &Heard, meaning: Meaning, text: &str) -> Decision {
    let answer = Answer {
        keeps: false,
        ..answer(channel, heard, None, text.to_owned())
    };
    Decision::host(meaning, Step::Answer(answer))
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
    /// Whether it makes a project: then it is to be stored for itself alone.
    pub fn makes_project(&self) -> bool {
        matches!(&self.work, Work::Said(entering) if entering.founding().is_some())
    }

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
