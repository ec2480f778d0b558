//! Replays: a turn that is over is run again, and nothing comes of it. On the module that ran it, everything that the agent hears
//! is its journal's, so that it has to say the same, or it is shown where it goes another way. On another module it shows what
//! that one would have said: what the turn asked is answered from the journal, and for the rest someone stands in
//! ([`standin`]). A turn that heard nothing has no journal, and is put together from what is stored of its message.

mod outcome;
mod run;
mod standin;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sandbox::{Digest, Limits, LoadError, Module};
use serde_json::json;
use store::StoreError;
use store::ids::{AgentId, OrganizationId, TurnId};
use store::modules::ModuleDigest;
use store::turns::{Moment, PastTurn, Since};
use tokio::sync::oneshot;

pub use self::outcome::{Ending, Replay, Said, Verdict};
use super::audit::{self, Change};
use super::modules::{self, Candidate};
use super::{agents, turns, workspaces};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result, Source};

/// Turns that are read at once: each may come with all that its agent heard.
const BATCH: usize = 50;
/// Bytes of what was said: with more than that, an answer is long enough.
const ENOUGH: usize = 8 << 20;

/// Which turns of an agent are run again.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Those that were queued then or later.
    pub since: DateTime<Utc>,
    /// Those before this one.
    pub after: Option<Moment>,
    /// At most so many, the newest first.
    pub first: u32,
}

/// What came of many.
#[derive(Debug)]
pub struct Replays {
    /// Of how many the same came.
    pub same: usize,
    /// The others, the newest first.
    pub others: Vec<Replay>,
    /// The oldest that was run, where there may be more before it.
    pub next: Option<Moment>,
}

/// Runs a turn again, on its own module or on another.
pub async fn one(
    cx: &Context,
    caller: &Caller,
    id: TurnId,
    candidate: Option<Candidate>,
) -> Result<Replay> {
    let turn = turns::find(cx, caller, id).await?;
    let project = turn.project();
    let replay = Operation::ReplayTurns;
    caller.require(cx, project, replay).await?;
    let owner = caller.organization_id;
    let change = Change::of("replayTurn", project, "turn", id.public());
    let change = change.with(json!({ "module": named(&candidate) }));
    Box::pin(audit::change(cx, caller, change, async {
        let candidate = load(cx, owner, candidate).await?;
        let past = store::turns::past_turns(&cx.store, owner, &[id]).await?;
        let unfinished = || Error::conflict("turn", "is not over yet: it can be run again then");
        let past = past.into_iter().next().ok_or_else(unfinished)?;
        let nobody = || Error::conflict("turn", "no agent ran it");
        let agent = turn.agent_id.ok_or_else(nobody)?;
        let agent = Arc::new(Now::of(cx, owner, agent).await?);
        run::again(cx, &agent, past, candidate).await
    }))
    .await
}

/// Runs the turns of an agent again, side by side.
pub async fn many(
    cx: &Context,
    caller: &Caller,
    agent: &str,
    wanted: Wanted,
    candidate: Option<Candidate>,
) -> Result<Replays> {
    let agent = agents::find_for(cx, caller, agent, Operation::ReplayTurns).await?;
    let owner = caller.organization_id;
    let change = Change::of("replayTurns", agent.project_id, "agent", agent.id.public());
    let change =
        change.with(json!({ "module": named(&candidate), "since": wanted.since.to_rfc3339() }));
    audit::change(cx, caller, change, async {
        let candidate = load(cx, owner, candidate).await?;
        let now = Arc::new(Now::of(cx, owner, agent.id).await?);
        let since = Since {
            agent: agent.id,
            time: wanted.since,
            before: wanted.after,
            limit: wanted.first,
        };
        let moments = store::turns::since(&cx.store, owner, since).await?;
        let (mut same, mut others, mut size) = (0, Vec::new(), 0);
        let mut next = None;
        for batch in moments.chunks(BATCH) {
            let ids: Vec<TurnId> = batch.iter().map(|moment| moment.id).collect();
            let mut past = store::turns::past_turns(&cx.store, owner, &ids).await?;
            past.sort_by_key(|past| std::cmp::Reverse((past.turn.queued_at, past.turn.turn_id)));
            for replay in side_by_side(cx, &now, past, candidate.as_ref()).await? {
                if replay.verdict == Verdict::Same {
                    same += 1;
                } else {
                    size += replay.size();
                    others.push(replay);
                }
            }
            next = batch.last().copied();
            if size > ENOUGH {
                return Ok(Replays { same, others, next });
            }
        }
        let is_full = moments.len() >= wanted.first as usize;
        let next = next.filter(|_| is_full);
        Ok(Replays { same, others, next })
    })
    .await
}

/// Each on a task of its own; as many at once as this process allows for all callers together.
async fn side_by_side(
    cx: &Context,
    agent: &Arc<Now>,
    past: Vec<PastTurn>,
    candidate: Option<&Arc<Module>>,
) -> Result<Vec<Replay>> {
    let mut running = Vec::with_capacity(past.len());
    for past in past {
        let (done, replayed) = oneshot::channel();
        let (context, agent, candidate) = (cx.clone(), agent.clone(), candidate.cloned());
        cx.tasks.spawn("replay", async move {
            // Whoever asked went away: there is no one to tell.
            if !done.is_closed() {
                let _ = done.send(run::again(&context, &agent, past, candidate).await);
            }
        });
        running.push(replayed);
    }
    let mut replays = Vec::with_capacity(running.len());
    for replayed in running {
        let stopped = || Error::internal("a replay ended without an outcome");
        replays.push(replayed.await.map_err(|_| stopped())??);
    }
    Ok(replays)
}

/// An agent as it is now: what of it is not in the journal.
struct Now {
    id: AgentId,
    owner: OrganizationId,
    configuration: String,
    limits: Limits,
    grants: Vec<String>,
}

impl Now {
    async fn of(cx: &Context, owner: OrganizationId, id: AgentId) -> Result<Self> {
        let row = match store::turns::runnable(&cx.store, owner, id).await {
            Ok(row) => row,
            Err(StoreError::NotFound) => {
                return Err(Error::conflict("turn", "its agent was deleted"));
            }
            Err(error) => return Err(error.into()),
        };
        let limits = workspaces::limits(&cx.config.limits, &row.limits);
        Ok(Self {
            id,
            owner,
            configuration: row.configuration.to_string(),
            limits: limits.map_or_else(|_| Limits::default(), |(limits, _)| limits),
            grants: row.grants,
        })
    }

    fn is_granted(&self, capability: &str) -> bool {
        self.grants.iter().any(|granted| granted == capability)
    }
}

/// What the audit log is told of a module.
fn named(candidate: &Option<Candidate>) -> Option<String> {
    let digest = candidate.as_ref().map(Candidate::digest);
    digest.map(|digest| digest.to_string())
}

async fn load(
    cx: &Context,
    owner: OrganizationId,
    candidate: Option<Candidate>,
) -> Result<Option<Arc<Module>>> {
    Ok(match candidate {
        None => None,
        Some(Candidate::Upload(upload)) => Some(modules::try_out(cx, upload).await?),
        Some(Candidate::Kept(digest)) => {
            let digest = Digest::try_from(digest.as_bytes().as_slice());
            Some(kept(cx, owner, digest.map_err(Error::internal)?).await?)
        }
    })
}

/// A module of this organization.
async fn kept(cx: &Context, owner: OrganizationId, digest: Digest) -> Result<Arc<Module>> {
    let named = ModuleDigest::from(*digest.as_bytes());
    let module = store::modules::find(&cx.store, owner, named).await?;
    module.ok_or_else(|| Error::not_found("Module", named))?;
    ran(cx, owner, digest).await
}

/// A module that ran a turn of this organization, and so is its own.
async fn ran(cx: &Context, owner: OrganizationId, digest: Digest) -> Result<Arc<Module>> {
    let fetch = async || store::turns::component(&cx.store, owner, digest.as_bytes()).await;
    match cx.engine.load(digest, fetch).await {
        Ok(module) => Ok(module),
        Err(LoadError::Refused(refusal)) if !refusal.is_host_fault() => {
            Err(Error::Refused(refusal))
        }
        Err(error) => Err(Error::internal(Source::from(error))),
    }
}
