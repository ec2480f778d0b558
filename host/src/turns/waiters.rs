//! Waiters are callers who want a turn's replies as the answer to their own request. Whoever ends the turn takes them,
//! and with them the duty to answer; a waiter who leaves before that leaves the replies to be delivered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use store::ids::TurnId;
use tokio::sync::oneshot;

use crate::inbound::Answer;

/// An answer in hand. Dropped without having been [taken](Handed::take), its replies still have to reach the contact,
/// and `unclaimed` sees to that.
pub(super) struct Handed {
    answer: Option<Answer>,
    unclaimed: Option<Box<dyn FnOnce() + Send>>,
}

impl Handed {
    /// An answer, and what to do if no one takes it.
    pub(super) fn new(answer: Answer, unclaimed: impl FnOnce() + Send + 'static) -> Self {
        Self {
            answer: Some(answer),
            unclaimed: Some(Box::new(unclaimed)),
        }
    }

    /// Takes the answer to pass it on.
    pub(super) fn take(mut self) -> Answer {
        self.unclaimed = None;
        self.answer.take().unwrap_or(Answer::Later)
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        if let Some(unclaimed) = self.unclaimed.take() {
            unclaimed();
        }
    }
}

type Senders = HashMap<TurnId, Vec<(u64, oneshot::Sender<Handed>)>>;

/// Everyone who waits on this host. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Waiters {
    inner: Arc<Mutex<(u64, Senders)>>,
}

impl Waiters {
    /// Starts to wait for a turn.
    pub(super) fn register(&self, turn: TurnId) -> Waiter {
        let (sender, receiver) = oneshot::channel();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0 += 1;
        let ticket = inner.0;
        inner.1.entry(turn).or_default().push((ticket, sender));
        Waiter {
            turn,
            ticket,
            receiver,
            waiters: self.clone(),
        }
    }

    /// Takes those who wait for a turn: from now on each of them waits for the taker, however long it takes.
    pub(super) fn take(&self, turn: TurnId) -> Vec<oneshot::Sender<Handed>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner
            .1
            .remove(&turn)
            .into_iter()
            .flatten()
            .map(|(_, sender)| sender)
            .collect()
    }

    /// Whether someone waits for a turn.
    pub(super) fn are_there(&self, turn: TurnId) -> bool {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = inner.1.get(&turn);
        waiting.is_some_and(|waiting| waiting.iter().any(|(_, sender)| !sender.is_closed()))
    }

    /// Whether the waiter was still there to leave; otherwise someone has taken it.
    fn leave(&self, turn: TurnId, ticket: u64) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiting) = inner.1.get_mut(&turn) else {
            return false;
        };
        let before = waiting.len();
        waiting.retain(|(other, _)| *other != ticket);
        let left = waiting.len() < before;
        if waiting.is_empty() {
            inner.1.remove(&turn);
        }
        left
    }
}

/// One who waits for one turn. Dropping it is leaving.
pub(super) struct Waiter {
    turn: TurnId,
    ticket: u64,
    receiver: oneshot::Receiver<Handed>,
    waiters: Waiters,
}

impl Waiter {
    /// The answer, as soon as the turn's effects are durable. `None` where the one who had taken this waiter gave up.
    pub(super) async fn answer(&mut self) -> Option<Answer> {
        (&mut self.receiver).await.ok().map(Handed::take)
    }

    /// Stops waiting. `false`: too late, the answer is on its way.
    pub(super) fn leave(&self) -> bool {
        self.waiters.leave(self.turn, self.ticket)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn who_left_is_not_answered() {
        let waiters = Waiters::default();
        let turn = TurnId::new();
        drop(waiters.register(turn));
        assert!(waiters.take(turn).is_empty());
        assert!(waiters.inner.lock().unwrap().1.is_empty());
    }

    #[tokio::test]
    async fn who_was_taken_can_no_longer_leave() {
        let waiters = Waiters::default();
        let turn = TurnId::new();
        let mut waiter = waiters.register(turn);
        let taken = waiters.take(turn);
        assert!(!waiter.leave());
        for sender in taken {
            assert!(sender.send(Handed::new(Answer::NoAgent, || {})).is_ok());
        }
        assert_eq!(waiter.answer().await, Some(Answer::NoAgent));
    }

    #[tokio::test]
    async fn an_answer_that_no_one_takes_is_not_lost() {
        let waiters = Waiters::default();
        let turn = TurnId::new();
        let waiter = waiters.register(turn);
        let noticed = Arc::new(AtomicBool::new(false));
        for sender in waiters.take(turn) {
            let noticed = noticed.clone();
            let _ = sender.send(Handed::new(Answer::NoAgent, move || {
                noticed.store(true, Ordering::SeqCst)
            }));
        }
        drop(waiter);
        assert!(noticed.load(Ordering::SeqCst));
    }
}
