//! The relay carries signals between the hosts of one database, as notices: over Postgres, or over NATS where the operator has
//! one. It gathers for some milliseconds, so that a busy host sends a hundred statements a second at most, each apart from the
//! work; alone, it sends none.
//!
//! Who listens anew may have missed something, and has every watcher look. Over NATS, where what a host says while it is cut off
//! is lost as well, it greets the others with the sign that anything may have changed, and looks itself when it hears its own
//! greeting: from there on it hears everyone's.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use store::ids::HostId;
use store::notices::{self, Listener};
use store::{Store, StoreError};

use super::nats::{Nats, NatsError};
use super::{Live, LiveEvent, Waiting, wire};
use crate::supervisor::Supervisor;

/// How long signals are gathered.
const GATHER: Duration = Duration::from_millis(10);
/// How often it is looked whether there are other hosts. One that starts also says so.
const LOOK: Duration = Duration::from_secs(5);
/// Pauses before the listener tries again.
const SOONEST: Duration = Duration::from_millis(200);
const LATEST: Duration = Duration::from_secs(10);

/// Starts to tell other hosts and to listen to them. The host is registered by then.
pub fn start(live: &Live, store: &Store, nats: Option<Nats>, host: HostId, tasks: &Supervisor) {
    let relay = Relay {
        live: live.clone(),
        store: store.clone(),
        nats,
        host,
        tasks: tasks.clone(),
    };
    tasks.spawn("live-sender", relay.clone().send());
    tasks.spawn("live-listener", relay.listen());
}

#[derive(Clone)]
struct Relay {
    live: Live,
    store: Store,
    nats: Option<Nats>,
    host: HostId,
    tasks: Supervisor,
}

/// Why other hosts are not told or not heard.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Nats(#[from] NatsError),
}

impl Relay {
    async fn send(self) {
        let beyond = &self.live.inner.beyond;
        loop {
            tokio::select! {
                () = beyond.wake.notified() => {}
                () = self.tasks.stopping() => return,
            }
            tokio::time::sleep(GATHER).await;
            let waiting = beyond.take();
            if waiting == Waiting::default() {
                continue;
            }
            // What is lost here is found by its readers' own looks.
            if let Err(error) = self.say(&waiting).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "other hosts could not be told what changed"
                );
            }
        }
    }

    async fn say(&self, waiting: &Waiting) -> Result<(), Broken> {
        let notices = wire::write(self.host, waiting);
        match &self.nats {
            Some(nats) => nats.say(notices).await?,
            None => notices::send(&self.store, &notices).await?,
        }
        Ok(())
    }

    async fn listen(self) {
        let mut pause = SOONEST;
        loop {
            let stopping = self.tasks.stopping();
            let ended = tokio::select! {
                ended = self.hear_any(&mut pause) => ended,
                () = stopping => return,
            };
            if let Err(error) = ended {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "this host does not hear the others at the moment"
                );
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LATEST),
                () = self.tasks.stopping() => return,
            }
        }
    }

    async fn hear_any(&self, pause: &mut Duration) -> Result<(), Broken> {
        match &self.nats {
            Some(nats) => self.hear_over(nats, pause).await,
            None => Ok(self.hear(pause).await?),
        }
    }

    /// Listens over NATS until something breaks that the client does not mend.
    async fn hear_over(&self, nats: &Nats, pause: &mut Duration) -> Result<(), Broken> {
        let mut notices = nats.listen().await?;
        let mut greetings = nats.greetings();
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                notice = notices.next() => {
                    let notice = notice.ok_or(NatsError::Over)?;
                    if let Ok(text) = std::str::from_utf8(&notice.payload) {
                        self.heard(text);
                    }
                }
                changed = greetings.changed() => {
                    changed.map_err(|_| NatsError::Over)?;
                    let anything = Waiting { everything: true, ..Waiting::default() };
                    nats.greet(wire::write(self.host, &anything)).await?;
                }
                _ = look.tick() => {
                    self.look_around().await?;
                    *pause = SOONEST;
                }
            }
        }
    }

    /// Listens until the connection breaks.
    async fn hear(&self, pause: &mut Duration) -> Result<(), StoreError> {
        let mut listener = Listener::open(&self.store).await?;
        *pause = SOONEST;
        self.look_around().await?;
        notices::send(&self.store, &wire::write(self.host, &Waiting::default())).await?;
        // Whatever was said while no one listened.
        self.live.tell_all();
        let mut look = tokio::time::interval_at(tokio::time::Instant::now() + LOOK, LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                notice = listener.next() => self.heard(&notice?),
                _ = look.tick() => self.look_around().await?,
            }
        }
    }

    fn heard(&self, notice: &str) {
        let Some(heard) = wire::read(notice) else {
            return;
        };
        if heard.from == self.host {
            if heard.everything {
                // Its greeting has come round.
                self.live.tell_all();
            }
            return;
        }
        self.live
            .inner
            .beyond
            .is_there
            .store(true, Ordering::Relaxed);
        if heard.everything {
            self.live.tell_all();
        }
        for signal in heard.signals {
            let event = if signal.is_typing {
                LiveEvent::Typing
            } else {
                LiveEvent::Changed
            };
            self.live.tell(signal.topic, event);
        }
    }

    async fn look_around(&self) -> Result<(), StoreError> {
        let hosts = store::hosts::list(&self.store).await?;
        let is_there = hosts.iter().any(|host| host.id != self.host);
        self.live
            .inner
            .beyond
            .is_there
            .store(is_there, Ordering::Relaxed);
        Ok(())
    }
}
