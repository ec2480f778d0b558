//! Talking to agents: what is said to one, counted where it is one of the speaker's own or a shared one.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::groups::Target;
use store::ids::ConversationId;

use super::arguments::Arguments;
use super::call::Call;
use super::declined::Declined;
use super::invoke::{Told, exhausted};
use super::outcome::Outcome;
use super::table::{Argument, Command, Kind, PLAIN, Run};
use crate::context::Context;
use crate::error::Result;
use crate::inbound::{Answer, Entered};
use crate::service::accounts::{self, Cost};
use crate::service::inbound::{self as service, Said, To};
use crate::service::speakers::{Loaded, Speaker};
use crate::service::{conversations, groups};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        names: &["prompt"],
        routes: &["prompt"],
        arguments: &[Argument {
            kind: Kind::Text,
            names: &["prompt", "text", "task"],
            is_required: true,
            shown: "MESSAGE",
        }],
        summary: "says something to the loaded agent, as writing it does",
        run: Run::Agent,
        ..PLAIN
    },
    Command {
        names: &["mute"],
        routes: &["mute"],
        changes: true,
        summary: "holds back notices about what is at work until it is done",
        run: Run::Host(mute),
        ..PLAIN
    },
];

fn mute<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let conversation = call.conversation()?;
        let owner = call.caller.organization_id;
        let is_busy = conversations::mute(call.cx, owner, conversation).await?;
        Ok(Outcome::say(if is_busy {
            "Muted: you hear of what is at work here once it is done."
        } else {
            "Nothing is at work here: there is nothing to mute."
        }))
    }
    .boxed()
}

/// What is said to those whom nobody answers.
const NOBODY: &str = "No agent is loaded here. /create NAME makes one, /load NAME loads one of yours, /list shows them, and \
    /help shows everything.";

/// What someone says, and who they are.
pub(super) struct Spoken {
    pub(super) said: Said,
    pub(super) speaker: Speaker,
}

/// A message on its way.
pub(super) enum Passed {
    /// It is stored; who answers is waited for.
    Entered {
        entered: Entered,
        agent: Option<Loaded>,
    },
    /// It was not passed on, and this is why.
    Declined(Declined),
}

/// Gives a message to whoever answers it.
pub(super) async fn enter(cx: &Context, spoken: Spoken) -> Result<Passed, Declined> {
    let Spoken { said, speaker } = spoken;
    if speaker.row.is_signed_out {
        // What people say to each other in a group is for no one to answer.
        let to = match speaker.is_group && !speaker.row.agent.is_mentioned {
            true => To::Nobody,
            false => To::Host(Declined::SignedOut.sentence()),
        };
        let entered = service::enter(cx, &speaker, said, to).await?;
        return Ok(Passed::Entered {
            entered,
            agent: None,
        });
    }
    let Some(agent) = speaker.loaded() else {
        return to_channel(cx, &speaker, said).await;
    };
    if speaker.is_group && speaker.row.agent.is_mentioned {
        groups::aim(cx, &speaker, Target::Agent(agent.id)).await?;
    }
    if said.text.trim().is_empty() && said.files.is_empty() {
        let text = format!("You talk to '{}' now.", agent.name);
        let entered = service::enter(cx, &speaker, said, To::Host(text)).await?;
        keep_loaded(cx, &speaker, entered.accepted.conversation_id, &agent).await?;
        return Ok(Passed::Entered {
            entered,
            agent: None,
        });
    }
    let is_counted = agent.owner_id.is_some() && speaker.row.known_message_id.is_none();
    if is_counted && !accounts::spend(cx, &speaker, Cost::Prompt).await? {
        let call = Call {
            cx,
            caller: speaker.caller()?,
            speaker: &speaker,
            arguments: Arguments::default(),
        };
        let declined = exhausted(&call, "messages to agents").await?;
        return Ok(Passed::Declined(declined));
    }
    let entered = service::enter(cx, &speaker, said, To::Agent(agent.id)).await;
    let is_new = matches!(&entered, Ok(entered) if !entered.accepted.duplicate);
    if is_counted && !is_new {
        accounts::give_back(cx, &speaker, Cost::Prompt).await?;
    }
    let entered = entered?;
    keep_loaded(cx, &speaker, entered.accepted.conversation_id, &agent).await?;
    Ok(Passed::Entered {
        entered,
        agent: Some(agent),
    })
}

/// Who names one of their agents in a direct chat talks to it from then on.
async fn keep_loaded(
    cx: &Context,
    speaker: &Speaker,
    conversation: ConversationId,
    agent: &Loaded,
) -> Result<(), Declined> {
    let is_other = speaker.row.loaded_id != Some(agent.id);
    if speaker.row.agent.is_mentioned && !speaker.is_group && is_other {
        let owner = speaker.channel.organization_id;
        conversations::load(cx, owner, conversation, Some(agent.id)).await?;
    }
    Ok(())
}

/// To whoever answers everyone on the channel.
async fn to_channel(cx: &Context, speaker: &Speaker, said: Said) -> Result<Passed, Declined> {
    if speaker.is_group && speaker.row.named_id.is_some() && !speaker.row.is_with_host {
        let text =
            "The agent that you talked to is not shared here any more; /list shows those that are.";
        return host(cx, speaker, said, text.to_owned()).await;
    }
    if let (false, Some(_), Some(conversation)) = (
        speaker.is_group,
        speaker.row.loaded_id,
        speaker.row.conversation_id,
    ) {
        // It is gone, and stands in the way of whoever answers everyone.
        conversations::load(cx, speaker.channel.organization_id, conversation, None).await?;
    }
    if speaker.row.has_primary || speaker.is_group {
        let entered = service::enter(cx, speaker, said, To::Channel).await?;
        return Ok(Passed::Entered {
            entered,
            agent: None,
        });
    }
    host(cx, speaker, said, NOBODY.to_owned()).await
}

async fn host(
    cx: &Context,
    speaker: &Speaker,
    said: Said,
    text: String,
) -> Result<Passed, Declined> {
    let entered = service::enter(cx, speaker, said, To::Host(text)).await?;
    Ok(Passed::Entered {
        entered,
        agent: None,
    })
}

/// Waits for the answer to a message. Why it was not passed on is told as a reply.
pub(super) async fn answer(cx: &Context, passed: Passed) -> Result<Told, Declined> {
    match passed {
        Passed::Declined(declined) => Ok(Told::Outcome(Outcome::say(format!(
            "{} Your message was not passed on.",
            declined.sentence()
        )))),
        Passed::Entered { entered, agent } => {
            let answer = service::answer(cx, entered).await?;
            Ok(told(answer, agent))
        }
    }
}

/// Who talks to an agent that is stopped is told so.
fn told(answer: Answer, agent: Option<Loaded>) -> Told {
    match (answer, agent) {
        (Answer::Stopped, Some(agent)) if agent.owner_id.is_some() => {
            Told::Outcome(Outcome::say(format!(
                "Agent '{0}' is stopped. Your message waits for it: /start {0} starts it.",
                agent.name
            )))
        }
        (answer, _) => Told::Answer(answer),
    }
}

/// `/prompt`: what is said to the loaded agent, else to whoever answers everyone.
pub(super) async fn prompt(
    cx: &Context,
    speaker: Speaker,
    _: &'static Command,
    said: Said,
    arguments: Arguments,
) -> Result<Told, Declined> {
    if speaker.row.is_signed_out {
        return Err(Declined::SignedOut);
    }
    if speaker.loaded().is_none() && !speaker.row.has_primary {
        return Err(Declined::NotLoaded);
    }
    let text = arguments.text.unwrap_or_default();
    let spoken = Spoken {
        said: Said { text, ..said },
        speaker,
    };
    match enter(cx, spoken).boxed().await? {
        Passed::Declined(declined) => Err(declined),
        passed => answer(cx, passed).await,
    }
}
