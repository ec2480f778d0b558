//! Whom a turn asks, and what it has been answered so far.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use sandbox::types::model::{Cause, Completion, Problem, Request};
use store::StoreError;
use store::journal::{self, Entry, Leased, Today, Used};
use store::modules::ModuleDigest;
use tokio::sync::OnceCell;

use crate::capabilities::turn::Turn;
use crate::context::Context;
use crate::error::chain;
use crate::fault;
use crate::models::{self, Patience, Provider, problem};
use crate::outgoing::Outgoing;
use crate::service::providers::asked::{Asked, Caps};
use crate::service::providers::today;

/// The lease under which a turn runs.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// Its number.
    pub fence: i64,
    /// Whether something may have been paid for when the turn was run before.
    pub is_journaled: bool,
    /// The module that runs the turn.
    pub module: Option<ModuleDigest>,
}

/// Whom a turn asks, and what it has been answered so far.
pub(in crate::capabilities) struct Asks {
    cx: Context,
    asked: Arc<Asked>,
    lease: Lease,
    /// Calls that were begun.
    calls: AtomicI32,
    /// What was answered when the turn was run before: read once, and only where there may be something.
    before: OnceCell<Vec<Entry>>,
}

/// Where a call stands.
pub(super) enum Place {
    /// It was answered before.
    Kept(Box<Completion>),
    /// It has to be asked.
    Open(Call),
}

/// A call that has to be asked.
pub(super) struct Call {
    pub(super) provider: Provider,
    place: i32,
    request: Vec<u8>,
}

impl Asks {
    pub(in crate::capabilities) fn new(cx: Context, asked: Arc<Asked>, lease: Lease) -> Self {
        Self {
            cx,
            asked,
            lease,
            calls: AtomicI32::new(0),
            before: OnceCell::new(),
        }
    }

    pub(super) fn outgoing(&self) -> &Outgoing {
        &self.cx.outgoing
    }

    pub(super) fn patience(&self, within: Duration) -> Patience<'_> {
        let models = &self.cx.config.models;
        Patience {
            time: models.time,
            retry: &models.retry,
            within,
        }
    }

    pub(super) fn count(&self, outcome: &'static str, took: Duration) {
        self.cx.metrics.model_ended(outcome, took);
    }

    /// Begins the next call of the turn: with what was answered before, or with whom to ask.
    pub(super) async fn begin(&self, turn: &Turn, request: &Request) -> Result<Place, Problem> {
        let place = self.calls.fetch_add(1, Ordering::SeqCst);
        models::check(request)?;
        let request = digest(request)?;
        if self.lease.is_journaled {
            let before = self.before.get_or_try_init(|| {
                journal::of_turn(&self.cx.store, turn.organization_id, turn.turn_id)
            });
            let before = before.await.map_err(no_database)?;
            let same = |entry: &&Entry| entry.call == place && entry.request == request;
            if let Some(entry) = before.iter().find(same) {
                let kept = serde_json::from_slice(&entry.answer);
                return kept.map(Place::Kept).map_err(unreadable);
            }
        }
        let (provider, caps) = self.asked.provider(&self.cx)?;
        if caps != Caps::default() {
            caps.check(self.used(turn).await?)?;
        }
        Ok(Place::Open(Call {
            provider,
            place,
            request,
        }))
    }

    /// Writes an answer down and counts what it took, before anyone has it.
    pub(super) async fn keep(
        &self,
        turn: &Turn,
        call: &Call,
        completion: &Completion,
    ) -> Result<(), Problem> {
        let leased = Leased {
            organization_id: turn.organization_id,
            conversation_id: turn.conversation_id,
            host: self.cx.host_id,
            fence: self.lease.fence,
            turn_id: turn.turn_id,
            agent_id: turn.agent_id,
            project_id: self.asked.project_id,
            module: self.lease.module,
        };
        let entry = Entry {
            call: call.place,
            request: call.request.clone(),
            answer: serde_json::to_vec(completion).map_err(unreadable)?,
        };
        let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX).min(MOST_TOKENS);
        let used = Used {
            input: count(completion.usage.input_tokens),
            output: count(completion.usage.output_tokens),
        };
        let day = today();
        let kept = journal::record(&self.cx.store, &leased, &entry, day, used).await;
        let Some(today) = kept.map_err(no_database)? else {
            let what = "This turn was taken over by another host, or its conversation by people.";
            return Err(problem(Cause::Unavailable, what));
        };
        self.note(turn, day, today);
        fault::point("model.kept");
        Ok(())
    }

    async fn used(&self, turn: &Turn) -> Result<Today, Problem> {
        let (day, project) = (today(), self.asked.project_id);
        if let Some(known) = self.cx.model_usage.get(day, turn.agent_id, project) {
            return Ok(known);
        }
        let whose = (turn.organization_id, project, turn.agent_id);
        let used = journal::used(&self.cx.store, whose, day).await;
        let used = used.map_err(no_database)?;
        self.note(turn, day, used);
        Ok(used)
    }

    fn note(&self, turn: &Turn, day: chrono::NaiveDate, today: Today) {
        let known = &self.cx.model_usage;
        known.note(day, turn.agent_id, self.asked.project_id, today);
    }
}

/// What one answer may count: a provider's number is no more than a claim.
const MOST_TOKENS: i64 = 100_000_000;

fn digest(request: &Request) -> Result<Vec<u8>, Problem> {
    let json = serde_json::to_vec(request).map_err(unreadable)?;
    Ok(blake3::hash(&json).as_bytes().to_vec())
}

fn unreadable(error: serde_json::Error) -> Problem {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "an answer of a model cannot be kept or read again"
    );
    problem(Cause::Other, "The host cannot keep what was answered.")
}

/// What a guest is told of the store's failures: that it may try again, and no more.
fn no_database(error: StoreError) -> Problem {
    tracing::warn!(
        cause = chain(&error),
        "an answer of a model could not be kept or read again"
    );
    let what = "The host cannot reach its database; try again later.";
    problem(Cause::Unavailable, what)
}
