//! Commit: ended turns of many conversations share one statement, and each of their runs learns what became of its own.

use std::time::Duration;

use store::StoreError;
use store::ids::{HostId, OrganizationId, TurnId};
use store::turns::{Commit, EndStatus, EndedTurn};
use tokio::sync::oneshot;
use tracing::Instrument;

use super::batch::{Batcher, Batches, batcher};
use crate::context::Context;
use crate::spans;

/// Turns of one statement.
const BATCH: usize = 128;
const WAITING: usize = 1_024;
/// How long it waits before it tries again to reach the database.
const PAUSE: Duration = Duration::from_millis(200);

struct Ending {
    turn: Box<EndedTurn>,
    /// The agent whose own state it touched: two of one agent in a statement would conflict for nothing.
    agent_state_of: Option<store::ids::AgentId>,
    committed: oneshot::Sender<Commit>,
}

/// The way to a commit. Cheap to clone.
#[derive(Clone)]
pub(super) struct Committer {
    endings: Batcher<Ending>,
    context: Context,
}

impl Committer {
    /// Starts the one who writes. It outlives the runs: it ends when the last committer is dropped.
    pub(super) fn start(cx: &Context) -> Committer {
        let (endings, ended) = batcher(WAITING);
        let context = cx.clone();
        cx.tasks
            .spawn("commit", async move { run(&context, ended).await });
        Committer {
            endings,
            context: cx.clone(),
        }
    }

    /// Makes all that a turn did visible at once, and waits until it is durable.
    /// `Lost` as well where no one writes any more: the next host finds the turn as it was.
    pub(super) async fn commit(&self, turn: Box<EndedTurn>) -> Commit {
        let span = spans::commit();
        let commit = self.written(turn).instrument(span.clone()).await;
        span.record("cloister.commit.outcome", commit.name());
        commit
    }

    async fn written(&self, turn: Box<EndedTurn>) -> Commit {
        if turn.files.is_some() {
            // Its transaction is its own: those of a batch would wait for it.
            let (committed, answer) = oneshot::channel();
            let ending = Ending {
                turn,
                agent_state_of: None,
                committed,
            };
            write(&self.context, vec![ending]).await;
            return answer.await.unwrap_or(Commit::Lost);
        }
        let agent_state_of = turn
            .agent_state
            .filter(|state| state.written)
            .and(turn.agent_id);
        let (committed, answer) = oneshot::channel();
        if self
            .endings
            .add(Ending {
                turn,
                agent_state_of,
                committed,
            })
            .await
            .is_err()
        {
            return Commit::Lost;
        }
        answer.await.unwrap_or(Commit::Lost)
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Turn(TurnId),
    AgentState(store::ids::AgentId),
}

async fn run(cx: &Context, ended: Batches<Ending>) {
    let key = |ending: &Ending| match ending.agent_state_of {
        Some(agent) => Key::AgentState(agent),
        None => Key::Turn(ending.turn.turn_id),
    };
    ended
        .run(BATCH, std::future::pending(), key, |batch| write(cx, batch))
        .await;
}

async fn write(cx: &Context, batch: Vec<Ending>) {
    let (turns, answers): (Vec<EndedTurn>, Vec<_>) = batch
        .into_iter()
        .map(|ending| (*ending.turn, ending.committed))
        .unzip();
    let commits = match write_all(cx, &turns).await {
        Ok(commits) => commits,
        // One turn that the database refuses must not take the others with it.
        Err(_) => one_by_one(cx, turns).await,
    };
    for (answer, commit) in answers.into_iter().zip(commits) {
        // The run may have been dropped with the host stopping: the turn is over all the same.
        let _ = answer.send(commit);
    }
}

async fn one_by_one(cx: &Context, turns: Vec<EndedTurn>) -> Vec<Commit> {
    let mut commits = Vec::with_capacity(turns.len());
    for turn in turns {
        let commit = match write_all(cx, std::slice::from_ref(&turn)).await {
            Ok(commits) => commits.first().copied(),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error, turn = %turn.turn_id,
                    "the database refused a turn's commit; it is written down as failed"
                );
                write_all(cx, &[without_effects(turn, &error)])
                    .await
                    .ok()
                    .and_then(|commits| commits.first().copied())
            }
        };
        commits.push(commit.unwrap_or(Commit::Lost));
    }
    commits
}

fn without_effects(turn: EndedTurn, error: &StoreError) -> EndedTurn {
    EndedTurn {
        status: EndStatus::Failed,
        error_code: Some("commit_refused".to_owned()),
        error: Some(error.to_string()),
        agent_state: None,
        speech: Vec::new(),
        state: Vec::new(),
        schedules: Vec::new(),
        files: None,
        recording: None,
        ..turn
    }
}

/// Writes until the database has answered for itself. An attempt whose answer was lost may have counted: then the turn
/// is over, and since no one else held it, that was this one.
async fn write_all(cx: &Context, turns: &[EndedTurn]) -> Result<Vec<Commit>, StoreError> {
    let host: HostId = cx.host_id;
    let mut repeated = false;
    loop {
        match store::turns::commit(&cx.store, host, turns).await {
            Ok(commits) if repeated => return recheck(cx, turns, commits).await,
            Ok(commits) => return Ok(commits),
            Err(error) if error.is_transient() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    turns = turns.len(),
                    "a commit is tried again"
                );
                repeated = true;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn recheck(
    cx: &Context,
    turns: &[EndedTurn],
    commits: Vec<Commit>,
) -> Result<Vec<Commit>, StoreError> {
    let mut checked = Vec::with_capacity(commits.len());
    for (turn, commit) in turns.iter().zip(commits) {
        let organization: OrganizationId = turn.organization_id;
        checked.push(match commit {
            Commit::Done { .. } | Commit::Conflict => commit,
            Commit::Lost => {
                match store::turns::status(&cx.store, organization, turn.turn_id).await? {
                    Some(status) if status.status == turn.status.as_str() => {
                        Commit::Done { more: true }
                    }
                    _ => Commit::Lost,
                }
            }
        });
    }
    Ok(checked)
}
