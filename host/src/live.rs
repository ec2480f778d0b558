//! Live: wake-ups for those who watch something as it happens. An event says that something changed, never what: the
//! watcher reads the table from where it stopped, so that losing an event delays a page and no more. [`relay`] carries
//! events to the other hosts of the database, over Postgres or [`nats`]; a [`feed`] reads once for all who watch the same.

pub mod feed;
pub mod nats;
pub mod relay;
pub mod sources;
mod wire;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::ids::{AgentId, ChannelId, ConversationId, ProjectId, UserId};
use tokio::sync::{Notify, broadcast};

/// How many events a slow watcher may fall behind before it only learns that it did.
const BACKLOG: usize = 32;
/// Signals that wait for the other hosts; with more, these are told that anything may have changed.
const WAITING: usize = 4_096;

/// What can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// What is said in a conversation.
    Conversation(ConversationId),
    /// The turns of a conversation.
    Turns(ConversationId),
    /// The turns of an agent.
    AgentTurns(AgentId),
    /// The log of an agent.
    AgentLog(AgentId),
    /// Whether the channels of a project work.
    Channels(ProjectId),
    /// The deliveries of a channel.
    Deliveries(ChannelId),
    /// What a user may do.
    Rights(UserId),
    /// Deliveries that may go at once, of any channel.
    Outbox,
}

impl From<ConversationId> for Topic {
    fn from(conversation: ConversationId) -> Self {
        Topic::Conversation(conversation)
    }
}

/// Something that a watcher may want to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveEvent {
    /// Something was added or changed: read it.
    Changed,
    /// The agent is typing.
    Typing,
    /// The reply as far as it has come.
    Partial(String),
}

/// The watchers of this host. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Live {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    watched: Mutex<HashMap<Topic, broadcast::Sender<LiveEvent>>>,
    beyond: Beyond,
}

/// What the other hosts are to be told.
#[derive(Debug, Default)]
struct Beyond {
    /// Whether there are any.
    is_there: AtomicBool,
    waiting: Mutex<Waiting>,
    wake: Notify,
}

/// Signals since the last time that they were sent, each once.
#[derive(Debug, Default, PartialEq, Eq)]
struct Waiting {
    signals: HashSet<Signal>,
    everything: bool,
}

/// What one host tells another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Signal {
    topic: Topic,
    /// Someone is typing, and nothing has changed.
    is_typing: bool,
}

impl Live {
    /// Watches something from now on.
    pub fn subscribe(&self, topic: impl Into<Topic>) -> LiveReceiver {
        let topic = topic.into();
        let mut watched = self.watched();
        let sender = watched
            .entry(topic)
            .or_insert_with(|| broadcast::channel(BACKLOG).0);
        LiveReceiver {
            receiver: Some(sender.subscribe()),
            topic,
            live: self.clone(),
        }
    }

    /// Tells the watchers, if there are any, on every host.
    pub fn publish(&self, topic: impl Into<Topic>, event: LiveEvent) {
        let topic = topic.into();
        self.inner.beyond.add(Signal {
            topic,
            // What is being written is shown on its own host alone.
            is_typing: event != LiveEvent::Changed,
        });
        self.tell(topic, event);
    }

    /// Tells the watchers that something changed.
    pub fn changed(&self, topic: impl Into<Topic>) {
        self.publish(topic, LiveEvent::Changed);
    }

    /// Tells the watchers of this host.
    fn tell(&self, topic: Topic, event: LiveEvent) {
        if let Some(sender) = self.watched().get(&topic) {
            // An error means that the last watcher is leaving just now.
            let _ = sender.send(event);
        }
    }

    /// Tells every watcher of this host to read: something may have been missed.
    fn tell_all(&self) {
        for sender in self.watched().values() {
            let _ = sender.send(LiveEvent::Changed);
        }
    }

    fn leave(&self, topic: Topic) {
        let mut watched = self.watched();
        if watched
            .get(&topic)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            watched.remove(&topic);
        }
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<Topic, broadcast::Sender<LiveEvent>>> {
        self.inner
            .watched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Beyond {
    fn add(&self, signal: Signal) {
        if !self.is_there.load(Ordering::Relaxed) || signal.topic == Topic::Outbox {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.everything {
            return;
        }
        waiting.signals.insert(signal);
        if waiting.signals.len() > WAITING {
            *waiting = Waiting {
                everything: true,
                ..Waiting::default()
            };
        }
        drop(waiting);
        self.wake.notify_one();
    }

    fn take(&self) -> Waiting {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One watcher of one topic.
#[derive(Debug)]
pub struct LiveReceiver {
    receiver: Option<broadcast::Receiver<LiveEvent>>,
    topic: Topic,
    live: Live,
}

impl LiveReceiver {
    /// Waits for the next event. A watcher that fell behind is told `Changed`, which makes it read anew.
    pub async fn recv(&mut self) -> LiveEvent {
        match self.receiver.as_mut() {
            Some(receiver) => receiver.recv().await.unwrap_or(LiveEvent::Changed),
            None => LiveEvent::Changed,
        }
    }

    /// Waits until something changed, however often it did by then.
    pub async fn changed(&mut self) {
        while self.recv().await != LiveEvent::Changed {}
        if let Some(receiver) = self.receiver.as_mut() {
            // All that has come by now is seen by the one read that follows.
            *receiver = receiver.resubscribe();
        }
    }
}

impl Drop for LiveReceiver {
    fn drop(&mut self) {
        // The receiver goes first, so that the count is without it.
        drop(self.receiver.take());
        self.live.leave(self.topic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_watchers_of_the_topic_are_told() {
        let live = Live::default();
        let (here, there) = (ConversationId::new(), ConversationId::new());
        let mut watcher = live.subscribe(here);

        live.publish(there, LiveEvent::Typing);
        live.changed(Topic::Turns(here));
        live.publish(here, LiveEvent::Changed);

        assert_eq!(watcher.recv().await, LiveEvent::Changed);
    }

    #[tokio::test]
    async fn a_watcher_that_fell_behind_reads_anew() {
        let live = Live::default();
        let conversation = ConversationId::new();
        let mut watcher = live.subscribe(conversation);
        for _ in 0..=BACKLOG {
            live.publish(conversation, LiveEvent::Typing);
        }
        assert_eq!(watcher.recv().await, LiveEvent::Changed);
        assert_eq!(watcher.recv().await, LiveEvent::Typing);
    }

    #[tokio::test]
    async fn many_changes_are_one_reason_to_read() {
        let live = Live::default();
        let agent = Topic::AgentLog(AgentId::new());
        let mut watcher = live.subscribe(agent);
        live.changed(agent);
        live.changed(agent);
        watcher.changed().await;
        let again = tokio::time::timeout(std::time::Duration::from_millis(20), watcher.changed());
        assert!(again.await.is_err(), "the second one was told again");
    }

    #[test]
    fn the_last_watcher_leaves_nothing_behind() {
        let live = Live::default();
        drop(live.subscribe(ConversationId::new()));
        assert!(live.watched().is_empty());
    }

    #[test]
    fn other_hosts_are_told_each_thing_once_and_everything_at_worst() {
        let live = Live::default();
        let beyond = &live.inner.beyond;
        live.changed(ConversationId::new());
        assert_eq!(beyond.take(), Waiting::default(), "there is no other host");

        beyond.is_there.store(true, Ordering::Relaxed);
        let conversation = ConversationId::new();
        live.changed(conversation);
        live.changed(conversation);
        live.publish(conversation, LiveEvent::Partial("so far".into()));
        assert_eq!(beyond.take().signals.len(), 2);

        for _ in 0..=WAITING {
            live.changed(ConversationId::new());
        }
        let waiting = beyond.take();
        assert!(waiting.everything && waiting.signals.is_empty());
    }
}
