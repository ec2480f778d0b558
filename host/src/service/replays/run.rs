//! One replay: the turn's own module hears its journal; another one is rehearsed.

use std::sync::Arc;

use sandbox::types::{Event, Reply};
use sandbox::{Capabilities, Digest, Divergence, Module, Recording, Stop};
use store::turns::PastTurn;

use super::outcome::{Ending, Replay, Said, Verdict};
use super::standin::Standin;
use super::{Now, ran};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::event::event_of;
use crate::journal::{self, Journal};
use crate::workflow::Canned;

/// What there is of a turn.
struct Known {
    event: Event,
    recording: Recording,
    /// What it said, to the byte, where that was kept.
    outcome: Option<Result<Vec<Reply>, String>>,
}

/// Runs a turn again.
pub(super) async fn again(
    cx: &Context,
    agent: &Now,
    past: PastTurn,
    candidate: Option<Arc<Module>>,
) -> Result<Replay> {
    let mut replay = Replay {
        turn: past.turn.turn_id.into(),
        module: None,
        verdict: Verdict::Missing,
        why: None,
        before: before(&past),
        after: None,
        notes: Vec::new(),
        log: Vec::new(),
    };
    let own = past.turn.module_digest.as_deref();
    let own = own.and_then(|digest| Digest::try_from(digest).ok());
    let (known, own) = match (known(agent, &past), own) {
        (Ok(known), Some(own)) => (known, own),
        (Ok(_), None) => {
            replay.why = Some("No module ran it.".to_owned());
            return Ok(replay);
        }
        (Err(why), _) => {
            replay.why = Some(why.to_owned());
            return Ok(replay);
        }
    };
    if let Some(outcome) = &known.outcome {
        replay.before = match outcome {
            Ok(replies) => Ending::replied(replies),
            Err(code) => Ending::Failed {
                code: code.clone(),
                why: None,
            },
        };
    }
    let is_other = candidate.as_ref().is_some_and(|it| it.digest() != own);
    let module = match candidate {
        Some(module) => module,
        None => ran(cx, agent.owner, own).await?,
    };
    replay.module = Some(module.digest());
    if known.outcome.is_none() {
        let note = "It has no journal, since it asked for nothing: what the agent was given is put together from what is \
                    stored, with its configuration as it is now.";
        replay.notes.push(note.to_owned());
    }
    let _turn = cx.replays.acquire().await.map_err(Error::internal)?;
    match is_other {
        true => rehearse(cx, agent, &past, &known, &module, &mut replay).await?,
        false => repeat(agent, known, &module, &mut replay).await?,
    }
    Ok(replay)
}

/// On its own module: it has to be the same, to the byte.
async fn repeat(agent: &Now, known: Known, module: &Module, replay: &mut Replay) -> Result<()> {
    let log = Arc::new(super::standin::Lines::default());
    let granted = Capabilities {
        log: agent.is_granted("log").then(|| log.clone() as _),
        ..Capabilities::default()
    };
    let replayed = module.replay(&known.event, known.recording, granted, &agent.limits);
    let (run, divergence) = replayed.await;
    replay.log = log.take();
    let after = Ending::of(possible(&run.outcome)?);
    let is_same = match (&known.outcome, &run.outcome) {
        (Some(Ok(before)), Ok(after)) => bytes(before)? == bytes(after)?,
        _ => replay.before.is_as(&after),
    };
    replay.after = Some(after);
    (replay.verdict, replay.why) = match (divergence, is_same) {
        (Some(divergence), _) => (Verdict::Diverged, Some(told(&divergence))),
        (None, true) => (Verdict::Same, None),
        (None, false) => (Verdict::Changed, None),
    };
    Ok(())
}

/// On another module.
async fn rehearse(
    cx: &Context,
    agent: &Now,
    past: &PastTurn,
    known: &Known,
    module: &Module,
    replay: &mut Replay,
) -> Result<()> {
    let standin = Arc::new(Standin::new(cx, agent, past, known.recording.deck()));
    let granted = standin.granted(agent);
    let rehearsed = module.rehearse(&known.event, &known.recording, granted, &agent.limits);
    let run = rehearsed.await;
    let after = Ending::of(possible(&run.outcome)?);
    let unanswered = standin.finish(replay);
    (replay.verdict, replay.why) = match (unanswered, replay.before.is_as(&after)) {
        (Some(asked), _) => (Verdict::Unanswered, Some(asked)),
        (None, true) => (Verdict::Same, None),
        (None, false) => (Verdict::Changed, None),
    };
    replay.after = Some(after);
    Ok(())
}

/// An outcome that says something of the agent, and not of this host.
fn possible(outcome: &Result<Vec<Reply>, Stop>) -> Result<&Result<Vec<Reply>, Stop>> {
    match outcome {
        Err(stop) if stop.is_host_fault() => Err(Error::internal(stop.clone())),
        outcome => Ok(outcome),
    }
}

fn bytes(replies: &[Reply]) -> Result<Vec<u8>> {
    postcard::to_allocvec(replies).map_err(Error::internal)
}

fn told(divergence: &Divergence) -> String {
    format!(
        "After {} calls as before, {}.",
        divergence.after, divergence.what
    )
}

/// What it said, as it is stored. What was said ahead of the agent is none of its.
fn before(past: &PastTurn) -> Ending {
    if past.status != "done" {
        return Ending::Failed {
            code: past.error_code.clone().unwrap_or_default(),
            why: None,
        };
    }
    let canned = Canned::read(past.turn.event.as_ref());
    let ahead = canned.map_or(0, |canned| {
        canned.texts.len() + usize::from(canned.welcome && past.turn.user_id.is_some())
    });
    let said = past.texts.iter().zip(&past.contents).skip(ahead);
    let said = said.map(|(text, content)| Said::new(text, content.as_ref()));
    Ending::Replied(said.collect())
}

fn known(agent: &Now, past: &PastTurn) -> Result<Known, &'static str> {
    if let Some(kept) = &past.recording {
        let unreadable = "Another version of this host wrote its journal.";
        let Journal {
            event,
            recording,
            outcome,
        } = journal::read(kept).ok_or(unreadable)?;
        return Ok(Known {
            event,
            recording,
            outcome: Some(outcome),
        });
    }
    if past.host_calls.unwrap_or_default() > 0 {
        return Err("What the agent heard is not kept any more, or was too much to keep.");
    }
    let event = event_of(&past.turn, &agent.configuration);
    Ok(Known {
        event: event.map_err(|_| "Its event is stored in a form that this host cannot read.")?,
        recording: Recording::default(),
        outcome: None,
    })
}
