//! Turns: the way of a message. A turn is one run of an agent on one event, and all that came of it.
//!
//! The [inbox] stores what channels hear and queues turns; the [runner] runs the oldest of each conversation, one at
//! a time and fairly between agents; a [commit] makes everything that a turn did visible at once; the [outbox] carries
//! what was said to the platforms; [schedule] turns timers that came due into turns again. [claims] finds what no
//! living host works on, and [lease] says that this one lives. A turn may wait for what a person says to a call of a tool:
//! [approvals] hears it.
//!
//! Workers wake, read the table, act: a wake-up only shortens the wait.

mod agents;
mod ahead;
mod approvals;
mod batch;
mod claims;
mod commit;
mod fair;
mod files;
mod held;
mod inbox;
mod lease;
mod log;
mod notices;
mod optimistic;
mod outbox;
mod routes;
mod run;
mod runner;
mod schedule;
mod sides;
mod signs;
mod speech;
mod strays;
mod until;
mod waiters;

use std::sync::Arc;

use store::Store;
use store::ids::HostId;
use tokio::sync::Notify;

use crate::context::Context;
use crate::inbound::Inbox;
use crate::spans::Kept;

/// Turns that are made and not started: the context needs the way in before the workers can have the context.
pub struct Prepared {
    arriving: batch::Batches<inbox::Arriving>,
    signals: Arc<Signals>,
    waiters: waiters::Waiters,
    routes: Arc<routes::Routes>,
    hands: inbox::Hands,
}

/// Wake-ups between the workers of this host, and what goes with turns beside the tables.
#[derive(Default)]
pub(crate) struct Signals {
    /// Turns may be waiting that no one has taken.
    pub(crate) turns: Notify,
    /// Deliveries were added.
    pub(crate) deliveries: Notify,
    /// Timers were set.
    pub(crate) schedules: Notify,
    /// Where turns, and what they say, come from.
    pub(crate) spans: Kept,
}

/// Makes the way in. Nothing is stored before [`Prepared::start`].
pub fn prepare(store: Store) -> (Arc<dyn Inbox>, Prepared) {
    let (arrivals, arriving) = batch::batcher(inbox::WAITING);
    let waiters = waiters::Waiters::default();
    let signals = Arc::new(Signals::default());
    let routes = Arc::<routes::Routes>::default();
    let hands = inbox::Hands::default();
    let inbox = inbox::TurnsInbox::new(
        arrivals,
        waiters.clone(),
        signals.clone(),
        routes.clone(),
        hands.clone(),
        store,
    );
    (
        Arc::new(inbox),
        Prepared {
            arriving,
            signals,
            waiters,
            routes,
            hands,
        },
    )
}

impl Prepared {
    /// Starts the workers on the context's supervisor; they end with it. The host is registered as alive first.
    pub async fn start(self, cx: &Context) -> Result<Running, store::StoreError> {
        lease::register(cx).await?;
        let runner = runner::Runner::start(cx.clone(), self.waiters, self.signals.clone());
        inbox::start(cx, self.arriving, runner.clone(), self.routes, &self.hands);
        claims::start(cx, runner.clone(), self.signals.clone());
        strays::start(cx, runner, self.signals.clone());
        outbox::start(cx, self.signals.clone());
        schedule::start(cx, self.signals.clone());
        approvals::start(cx, self.signals.clone());
        ahead::start(cx);
        lease::start(cx);
        Ok(Running {
            signals: self.signals,
            host: cx.host_id,
            store: cx.store.clone(),
        })
    }
}

/// The workers of this host.
pub struct Running {
    signals: Arc<Signals>,
    host: HostId,
    store: Store,
}

impl Running {
    /// Tells the runner to look for turns now, as when an agent was started.
    pub fn wake(&self) {
        self.signals.turns.notify_one();
    }

    /// After the workers have ended: gives up what this host still holds, so that another goes on at once.
    pub async fn release(&self) -> Result<(), store::StoreError> {
        store::turns::release_all(&self.store, self.host).await?;
        store::hosts::remove(&self.store, self.host).await
    }
}
