//! Doing a command: claimed by its id, checked, done, and kept with what it answered. Sent again, it is not done again, and
//! gets the first one's answer.

use std::time::Duration;

use store::commands::{self as rows, Claim, Event};
use store::ids::{ConversationId, MessageId};
use store::messages::{self, Saying};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::arguments::Arguments;
use super::call::Call;
use super::declined::Declined;
use super::outcome::{Outcome, Shape};
use super::table::{Command, Place, Run};
use super::talking;
use crate::content::without_nul;
use crate::context::Context;
use crate::error::Error;
use crate::inbound::{Answer, Entered, StoredReply};
use crate::service::accounts::{self, Cost};
use crate::service::command_answers;
use crate::service::groups;
use crate::service::inbound::{self as service, KeyedChannel, Said, To};
use crate::service::speakers::{self, Speaker};
use crate::vault::Aad;

/// How often one who waits for another's run of the same command looks.
const LOOK: Duration = Duration::from_millis(50);
/// What marks a reply that is for a program.
const STRUCTURED: &str = "__structured:";

/// What is told to whoever sent a message or a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// What an agent, or the channel's workflow, answers.
    Answer(Answer),
    /// What the host answers.
    Outcome(Outcome),
}

/// How what is wrong is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// To the program that called a route: as an error.
    Error,
    /// To the person who wrote a message: as a reply.
    Reply,
    /// To the person who asked in their own words: as a reply that says what was done.
    Request,
}

/// Does a command that a program gives by its route.
pub async fn invoke(
    cx: &Context,
    channel: KeyedChannel,
    command: &'static Command,
    mut said: Said,
    arguments: Arguments,
) -> Result<Told, Declined> {
    said.text = command.given(&arguments);
    let speaker = speakers::meet(cx, channel, &said, None).await?;
    if let Some(participants) = &said.participants {
        groups::meet(cx, &speaker, participants).await?;
    }
    if let (true, Some(id)) = (speaker.row.is_known_command, said.message_id.as_deref())
        && let Some(told) = repeat(cx, &speaker, id).await?
    {
        return Ok(told);
    }
    run(cx, speaker, command, said, arguments, Manner::Error).await
}

/// Does a command, whichever way it was given.
pub(super) async fn run(
    cx: &Context,
    speaker: Speaker,
    command: &'static Command,
    said: Said,
    arguments: Arguments,
    manner: Manner,
) -> Result<Told, Declined> {
    if let Run::Agent = command.run {
        return talking::prompt(cx, speaker, command, said, arguments).await;
    }
    // Whoever gave it may go away: it is done all the same, once.
    let context = cx.clone();
    let (answer, answered) = oneshot::channel();
    cx.tasks.spawn("command", async move {
        let done = once(&context, speaker, command, said, arguments, manner).await;
        let _ = answer.send(done);
    });
    let lost = |_| Error::internal("a command ended without an answer");
    let outcome = answered.await.map_err(lost)??;
    Ok(Told::Outcome(outcome))
}

/// The answer of a command that came before under the same id.
pub(super) async fn repeat(
    cx: &Context,
    speaker: &Speaker,
    id: &str,
) -> Result<Option<Told>, Declined> {
    let event = event(speaker, id);
    match wait(cx, &event).await? {
        Some(outcome) => Ok(Some(Told::Outcome(outcome))),
        None => {
            rows::forget(&cx.store, &event, cx.host_id).await?;
            Ok(None)
        }
    }
}

async fn once(
    cx: &Context,
    speaker: Speaker,
    command: &'static Command,
    said: Said,
    arguments: Arguments,
    manner: Manner,
) -> Result<Outcome, Declined> {
    let Some(id) = said.message_id.clone() else {
        return perform(cx, speaker, command, said, arguments, manner).await;
    };
    let event = event(&speaker, &id);
    if let Some(outcome) = wait(cx, &event).await? {
        return Ok(outcome);
    }
    let done = perform(cx, speaker, command, said, arguments, manner).await;
    let kept = match &done {
        Ok(outcome) => keep(cx, &event, outcome).await,
        // Nothing was changed: what is sent again is looked at again.
        Err(_) => rows::forget(&cx.store, &event, cx.host_id)
            .await
            .map_err(Declined::from),
    };
    kept.and(done)
}

/// Claims a command, or waits for the answer of whoever has. None: it is this host's to run.
async fn wait(cx: &Context, event: &Event) -> Result<Option<Outcome>, Declined> {
    let until = Instant::now() + cx.config.work.turn_wait;
    loop {
        match rows::claim(&cx.store, event, cx.host_id).await? {
            Claim::Mine => return Ok(None),
            Claim::Answered(sealed) => return open(cx, event, &sealed).map(Some),
            Claim::Running if Instant::now() < until => tokio::time::sleep(LOOK).await,
            Claim::Running => {
                return Err(Declined::Error(Error::Unavailable {
                    what: "the answer of this command",
                    source: "it is still being done".into(),
                }));
            }
        }
    }
}

async fn keep(cx: &Context, event: &Event, outcome: &Outcome) -> Result<(), Declined> {
    let json = serde_json::to_value(outcome).map_err(Error::internal)?;
    let sealed = cx.vault.seal_json(&json, &place(event));
    let sealed = sealed.map_err(Error::internal)?;
    rows::answer(&cx.store, event, cx.host_id, &sealed).await?;
    Ok(())
}

fn open(cx: &Context, event: &Event, sealed: &[u8]) -> Result<Outcome, Declined> {
    let json = cx.vault.open_json(sealed, &place(event));
    let json = json.map_err(Error::internal)?.into_inner();
    Ok(serde_json::from_value(json).map_err(Error::internal)?)
}

fn place(event: &Event) -> Aad<'_> {
    command_answers::place(&event.channel_id, &event.platform_event_id)
}

fn event(speaker: &Speaker, id: &str) -> Event {
    Event {
        organization_id: speaker.channel.organization_id,
        channel_id: speaker.channel.id,
        platform_event_id: id.to_owned(),
    }
}

/// Keeps what was said, does it, and keeps what is answered.
async fn perform(
    cx: &Context,
    speaker: Speaker,
    command: &'static Command,
    said: Said,
    arguments: Arguments,
    manner: Manner,
) -> Result<Outcome, Declined> {
    let channel = speaker.channel;
    let entered = service::enter(cx, &speaker, said.clone(), To::Command(command.name())).await?;
    let accepted = entered.accepted;
    if accepted.duplicate && !service::is_command(cx, channel.organization_id, &accepted).await? {
        // The id is one of a message that was for an agent: its answer is this one's.
        let answer = service::answer(cx, entered).await?;
        return Ok(Outcome {
            replies: replies(answer),
            shape: Shape::Replies,
            kept: None,
        });
    }
    let is_new = speaker.row.user_id.is_none();
    let has_files = !said.files.is_empty();
    let mut speaker = if is_new {
        speakers::meet(cx, channel, &said, None).await?
    } else {
        speaker
    };
    speaker.row.conversation_id = Some(accepted.conversation_id);
    let call = Call {
        cx,
        caller: speaker.caller()?,
        speaker: &speaker,
        arguments,
    };
    let mut outcome = match (checked(&call, command).await, manner) {
        (Err(declined), Manner::Reply | Manner::Request) if declined.is_told() => {
            declined.outcome()
        }
        // Where nobody takes it, a welcome goes out as a delivery.
        (done, _) => done?,
    };
    if manner == Manner::Request {
        outcome = outcome.done_by(&command.given(&call.arguments));
    }
    if has_files {
        outcome = outcome.beside_files();
    }
    log(cx, &speaker, accepted.conversation_id, &outcome).await?;
    if is_new {
        return welcomed(cx, entered, outcome).await;
    }
    Ok(outcome)
}

/// The same with the welcome before it, where there is one.
async fn welcomed(
    cx: &Context,
    entered: Entered,
    mut outcome: Outcome,
) -> Result<Outcome, Declined> {
    let mut all = replies(service::answer(cx, entered).await?);
    all.append(&mut outcome.replies);
    outcome.replies = all;
    Ok(outcome)
}

/// Does a command as if it had been typed: what holds for it is looked at first.
pub(super) async fn checked(
    call: &Call<'_>,
    command: &'static Command,
) -> Result<Outcome, Declined> {
    let speaker = call.speaker;
    if speaker.row.is_signed_out && !command.is_for_anyone {
        return Err(Declined::SignedOut);
    }
    match (command.place, speaker.is_group) {
        (Place::Group, false) => {
            call.group()?;
        }
        (Place::Direct, true) => {
            return Err(Declined::Misplaced {
                field: "isGroup",
                why: format!("/{} is for direct chats alone", command.name()),
            });
        }
        _ => {}
    }
    if command.is_counted && !accounts::spend(call.cx, speaker, Cost::Call).await? {
        return Err(exhausted(call, "commands").await?);
    }
    let Run::Host(run) = command.run else {
        return Err(Declined::Misplaced {
            field: "command",
            why: format!("/{} is for an agent: say it by itself", command.name()),
        });
    };
    let done = run(call).await;
    if done.is_err() && command.is_counted {
        accounts::give_back(call.cx, speaker, Cost::Call).await?;
    }
    done
}

/// That what is free is used, with the link to go on.
pub(super) async fn exhausted(call: &Call<'_>, what: &'static str) -> Result<Declined, Declined> {
    let link = accounts::link(call.cx, &call.caller).await?;
    Ok(Declined::Exhausted { what, link })
}

/// Keeps what the host answered in the conversation.
async fn log(
    cx: &Context,
    speaker: &Speaker,
    conversation_id: ConversationId,
    outcome: &Outcome,
) -> Result<(), Declined> {
    let text = outcome.log();
    if text.is_empty() {
        return Ok(());
    }
    let saying = Saying {
        organization_id: speaker.channel.organization_id,
        conversation_id,
        id: MessageId::new(),
        user_id: None,
        text: without_nul(&text),
        content: None,
        delivery_id: None,
    };
    messages::say(&cx.store, saying).await?;
    cx.live.changed(conversation_id);
    Ok(())
}

/// What an answer says, as texts.
fn replies(answer: Answer) -> Vec<String> {
    match answer {
        Answer::Replies(replies) => replies.into_iter().flat_map(texts).collect(),
        Answer::Failed { apology } => vec![apology],
        Answer::Later | Answer::Stopped | Answer::NoAgent => Vec::new(),
    }
}

fn texts(reply: StoredReply) -> impl Iterator<Item = String> {
    let structured = reply.structured.map(|json| format!("{STRUCTURED}{json}"));
    let text = Some(reply.text).filter(|text| !text.is_empty());
    text.into_iter().chain(structured)
}
