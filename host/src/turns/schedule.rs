//! Schedule: turns timers that came due into queued turns. Any number of hosts may look: each timer fires in one step
//! with its removal, and each slot of one that repeats with the timer's move to the next one.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use store::schedules::Slot;

use super::Signals;
use crate::context::Context;
use crate::fault;
use crate::recurrence::Recurrence;

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
    if next.after > Duration::ZERO {
        return Ok(next.after.min(PAUSE));
    }
    let slots = match next.repeats {
        true => store::schedules::slots(&cx.store, BATCH).await?,
        false => Vec::new(),
    };
    let now = Utc::now();
    let slots: Vec<_> = slots
        .into_iter()
        .map(|slot| {
            let next = following(&slot, now);
            (slot, next)
        })
        .collect();
    let fired = store::schedules::fire(&cx.store, BATCH, &slots).await?;
    if fired > 0 {
        fault::point("schedule.fired");
        tracing::debug!(fired, "timers came due");
        signals.turns.notify_one();
    }
    Ok(Duration::ZERO)
}

/// The slot after one. None where there is none: then the timer is gone with this one.
fn following(slot: &Slot, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if slot.is_over {
        return None;
    }
    match Recurrence::parse(&slot.cron, &slot.time_zone) {
        Ok(recurrence) => recurrence.following(slot.due_at, now),
        Err(mistake) => {
            // It was read when it was set: this host's zones, or its reader of expressions, know less than that one's.
            tracing::error!(agent = %slot.agent_id, conversation = %slot.conversation_id, name = slot.name, %mistake,
                "a timer that repeats cannot be read any more, and ends");
            None
        }
    }
}
