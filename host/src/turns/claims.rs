//! Claims: finds the turns that no living host works on. What arrives here is handed to the runner at once; this is the
//! net for the rest: timers, stopped agents that were started, conversations of a host that died.

use std::sync::Arc;
use std::time::Duration;

use store::StoreError;

use super::Signals;
use super::runner::Runner;
use crate::context::Context;

/// Conversations of one statement.
const BATCH: usize = 256;
/// How long it waits when nobody wakes it.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) fn start(cx: &Context, runner: Runner, signals: Arc<Signals>) {
    let context = cx.clone();
    cx.tasks.spawn("claims", async move {
        while !context.tasks.is_stopping() {
            let found = match look(&context, &runner).await {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "no turns could be claimed"
                    );
                    0
                }
            };
            if found == BATCH {
                continue;
            }
            tokio::select! {
                () = signals.turns.notified() => {}
                () = tokio::time::sleep(PAUSE) => {}
                () = context.tasks.stopping() => {}
            }
        }
    });
}

async fn look(cx: &Context, runner: &Runner) -> Result<usize, StoreError> {
    let room = runner.room().min(BATCH);
    if room == 0 {
        return Ok(0);
    }
    let limit = i64::try_from(room).unwrap_or(0);
    let taken = store::turns::claim(&cx.store, cx.host_id, limit, &runner.crowded()).await?;
    if taken.is_empty() {
        return Ok(0);
    }
    for turn in store::turns::load(&cx.store, cx.host_id, &taken).await? {
        runner.submit(turn);
    }
    Ok(taken.len())
}
