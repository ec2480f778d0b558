//! Strays: conversations that this host holds in the table and nowhere else. A connection that breaks while the host takes one
//! leaves it so: the statement was committed, and its answer, with which the turn would have come, was lost. Nobody else takes
//! what a living host holds, so it lets go of it, and the turn is claimed like any other.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use store::StoreError;
use store::turns::Hold;

use super::Signals;
use super::runner::Runner;
use crate::context::Context;

/// How long it waits between two looks. What is on its way into memory is there by the second.
const PAUSE: Duration = Duration::from_secs(5);

pub(super) fn start(cx: &Context, runner: Runner, signals: Arc<Signals>) {
    let context = cx.clone();
    cx.tasks.spawn("strays", async move {
        let mut seen = HashSet::new();
        loop {
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = context.tasks.stopping() => return,
            }
            match look(&context, &runner, &seen).await {
                Ok((missing, released)) => {
                    seen = missing;
                    if released > 0 {
                        tracing::warn!(
                            conversations = released,
                            "turns that were taken and lost on their way are taken again"
                        );
                        signals.turns.notify_one();
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "it could not be seen whether turns were lost on their way"
                    );
                }
            }
        }
    });
}

/// What is held and not in memory, and how many of them were let go since they were so the last time as well.
async fn look(
    cx: &Context,
    runner: &Runner,
    seen: &HashSet<Hold>,
) -> Result<(HashSet<Hold>, u64), StoreError> {
    let held = store::turns::holds(&cx.store, cx.host_id).await?;
    let missing = held
        .into_iter()
        .filter(|hold| !runner.has(hold.conversation_id))
        .collect::<HashSet<Hold>>();
    let stray: Vec<Hold> = missing.intersection(seen).copied().collect();
    if stray.is_empty() {
        return Ok((missing, 0));
    }
    let released = store::turns::release(&cx.store, cx.host_id, &stray).await?;
    Ok((missing, released))
}
