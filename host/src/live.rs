//! Live: wake-ups for those who watch a conversation as it happens. An event says that something changed, never what:
//! the watcher reads the messages table from where it stopped, so that losing an event delays a page and no more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use store::ids::ConversationId;
use tokio::sync::broadcast;

/// How many events a slow watcher may fall behind before it only learns that it did.
const BACKLOG: usize = 64;

/// Something that a watcher may want to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveEvent {
    /// Messages were added: read them.
    Changed,
    /// The agent is typing.
    Typing,
    /// The reply as far as it has come.
    Partial(String),
}

/// The watchers of this host. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Live {
    conversations: Arc<Mutex<HashMap<ConversationId, broadcast::Sender<LiveEvent>>>>,
}

impl Live {
    /// Watches a conversation from now on.
    pub fn subscribe(&self, conversation: ConversationId) -> LiveReceiver {
        let mut conversations = self
            .conversations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let sender = conversations
            .entry(conversation)
            .or_insert_with(|| broadcast::channel(BACKLOG).0);
        LiveReceiver {
            receiver: Some(sender.subscribe()),
            conversation,
            live: self.clone(),
        }
    }

    /// Tells the watchers of a conversation, if there are any.
    pub fn publish(&self, conversation: ConversationId, event: LiveEvent) {
        let conversations = self
            .conversations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = conversations.get(&conversation) {
            // An error means that the last watcher is leaving just now.
            let _ = sender.send(event);
        }
    }

    fn leave(&self, conversation: ConversationId) {
        let mut conversations = self
            .conversations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if conversations
            .get(&conversation)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            conversations.remove(&conversation);
        }
    }
}

/// One watcher of one conversation.
#[derive(Debug)]
pub struct LiveReceiver {
    receiver: Option<broadcast::Receiver<LiveEvent>>,
    conversation: ConversationId,
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
}

impl Drop for LiveReceiver {
    fn drop(&mut self) {
        // The receiver goes first, so that the count is without it.
        drop(self.receiver.take());
        self.live.leave(self.conversation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_watchers_of_the_conversation_are_told() {
        let live = Live::default();
        let (here, there) = (ConversationId::new(), ConversationId::new());
        let mut watcher = live.subscribe(here);

        live.publish(there, LiveEvent::Typing);
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

    #[test]
    fn the_last_watcher_leaves_nothing_behind() {
        let live = Live::default();
        drop(live.subscribe(ConversationId::new()));
        assert!(live.conversations.lock().unwrap().is_empty());
    }
}
