//! Schedule: turns timers that came due into queued turns. Any number of hosts may look: each timer fires in one step
//! with its removal.

use std::sync::Arc;
use std::time::Duration;

use super::Signals;
use crate::context::Context;
use crate::fault;

/// Timers of one statement.
const BATCH: i64 = 256;
/// How long it sleeps at most: timers that another host's agents set are found by then.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn start(cx: &Context, signals: Arc<Signals>) {
    let context = cx.clone();
    cx.tasks.spawn("schedule", async move {
        while !context.tasks.is_stopping() {
            let sleep = match fire(&context, &signals).await {
                Ok(sleep) => sleep,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "timers could not be fired"
                    );
                    PAUSE
                }
            };
            tokio::select! {
                () = signals.schedules.notified() => {}
                () = tokio::time::sleep(sleep) => {}
                () = context.tasks.stopping() => {}
            }
        }
    });
}

async fn fire(cx: &Context, signals: &Signals) -> Result<Duration, store::StoreError> {
    let next = store::schedules::next(&cx.store).await?;
    let Some(next) = next else { return Ok(PAUSE) };
    if next > Duration::ZERO {
        return Ok(next.min(PAUSE));
    }
    let fired = store::schedules::fire(&cx.store, BATCH).await?;
    if fired > 0 {
        fault::point("schedule.fired");
        tracing::debug!(fired, "timers came due");
        signals.turns.notify_one();
    }
    Ok(Duration::ZERO)
}
