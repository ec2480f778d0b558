//! The outbox: brings what was said to the platforms, in the order of each conversation, many conversations side by
//! side. A channel whose platform is slow or dead holds up its own messages and no one else's.

mod attempt;
mod bound;
mod files;
mod lanes;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use store::deliveries::Attempt;
use store::ids::ChannelId;
use tracing::Instrument;

use self::attempt::attempt;
use self::bound::BoundChannels;
use self::lanes::Lanes;
use super::Signals;
use super::batch::{Batcher, batcher};
use crate::context::Context;
use crate::fault;
use crate::live::Topic;
use crate::spans;

/// Deliveries of one channel that are on their way at a time.
const PER_CHANNEL: usize = 8;
/// Results of one statement.
const BATCH: usize = 128;
const WAITING: usize = 1_024;
/// How long it sleeps at most.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn start(cx: &Context, signals: Arc<Signals>) {
    let (results, written) = batcher::<Tried>(WAITING);
    let context = cx.clone();
    let woken = signals.clone();
    cx.tasks.spawn("deliveries-written", async move {
        let write = |batch| write(&context, &woken, batch);
        written
            .run(BATCH, std::future::pending(), |tried| tried.1.id, write)
            .await;
    });
    let lanes = Lanes::new(
        cx.config.work.delivery_workers.into(),
        PER_CHANNEL,
        signals.clone(),
    );
    let outbox = Outbox {
        cx: cx.clone(),
        signals,
        channels: Arc::default(),
        lanes,
        results,
    };
    cx.tasks.spawn("outbox", outbox.run());
}

struct Outbox {
    cx: Context,
    signals: Arc<Signals>,
    channels: Arc<BoundChannels>,
    lanes: Lanes,
    results: Batcher<Tried>,
}

/// A channel, and what came of one try on it.
type Tried = (ChannelId, Attempt);

impl Outbox {
    async fn run(self) {
        // What people say, on whichever channel.
        let mut said = self.cx.live.subscribe(Topic::Outbox);
        while !self.cx.tasks.is_stopping() {
            let sleep = match self.take().await {
                Ok(sleep) => sleep,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "deliveries could not be taken"
                    );
                    PAUSE
                }
            };
            tokio::select! {
                () = self.signals.deliveries.notified() => {}
                () = said.changed() => {}
                () = tokio::time::sleep(sleep) => {}
                () = self.cx.tasks.stopping() => {}
            }
        }
    }

    /// Takes what is due and starts it. How long nothing else can be.
    async fn take(&self) -> Result<Duration, store::StoreError> {
        let (free, full) = self.lanes.state();
        if free == 0 {
            // A lane that becomes free wakes this.
            return Ok(PAUSE);
        }
        let limit = i64::try_from(free).unwrap_or(i64::MAX);
        let taken = store::deliveries::take(&self.cx.store, self.cx.host_id, limit, &full).await?;
        if taken.is_empty() {
            let next = store::deliveries::next(&self.cx.store).await?;
            return Ok(next.map_or(PAUSE, |next| next.min(PAUSE)));
        }
        fault::point("delivery.taken");
        for delivery in taken {
            let place = self.lanes.enter(delivery.channel_id.into());
            let (cx, bound, results) =
                (self.cx.clone(), self.channels.clone(), self.results.clone());
            let span = spans::delivery(&delivery);
            if let Some(turn) = delivery.turn_id {
                self.signals.spans.follow(turn.into(), &span);
            }
            let tried = async move {
                let result = attempt(&cx, &bound, &delivery).await;
                spans::delivery_ended(&result);
                if let Ok(kind) = delivery.channel_kind.parse::<channels::Kind>() {
                    cx.metrics
                        .delivery_ended(kind.as_str(), result.outcome.name());
                }
                fault::point("delivery.sent");
                // Only when no one writes any more, at the very end: then the next host sends it again.
                let _ = results.add((delivery.channel_id.into(), result)).await;
                drop(place);
            };
            self.cx.tasks.spawn("delivery", tried.instrument(span));
        }
        Ok(Duration::ZERO)
    }
}

/// Writes results until the database has them: a result that is lost is a message sent twice.
async fn write(cx: &Context, signals: &Signals, batch: Vec<Tried>) {
    let (channels, batch): (HashSet<ChannelId>, Vec<Attempt>) = batch.into_iter().unzip();
    while let Err(error) = store::deliveries::finish(&cx.store, cx.host_id, &batch).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "results of deliveries could not be written; trying again"
        );
        if !error.is_transient() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    fault::point("delivery.finished");
    for channel in channels {
        cx.live.changed(Topic::Deliveries(channel));
    }
    // The next message of the same conversation may go now.
    signals.deliveries.notify_one();
}
