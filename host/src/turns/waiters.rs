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

/// Those who wait for a turn, in hand.
#[derive(Default)]
pub(super) struct Held(Vec<(u64, oneshot::Sender<Handed>)>);

impl Held {
    /// Whether there is no one.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes more.
    pub(super) fn extend(&mut self, more: Held) {
        self.0.extend(more.0);
    }

    /// To answer them.
    pub(super) fn into_senders(self) -> Vec<oneshot::Sender<Handed>> {
        self.0.into_iter().map(|(_, sender)| sender).collect()
    }
}

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
        self.hold(turn).into_senders()
    }

    /// Takes those who wait for a turn that may come to nothing: then they are [put back](Waiters::put_back).
    pub(super) fn hold(&self, turn: TurnId) -> Held {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut held = inner.1.remove(&turn).unwrap_or_default();
        held.retain(|(_, sender)| !sender.is_closed());
        Held(held)
    }

    /// Has those wait again who were held.
    pub(super) fn put_back(&self, turn: TurnId, held: Held) {
        if !held.0.is_empty() {
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            inner.1.entry(turn).or_default().extend(held.0);
        }
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
    async fn who_was_held_cannot_leave_until_they_are_put_back() {
        let waiters = Waiters::default();
        let turn = TurnId::new();
        let (mut stays, leaves) = (waiters.register(turn), waiters.register(turn));
        drop(waiters.register(turn));
        let held = waiters.hold(turn);
        assert!(!held.is_empty() && waiters.hold(turn).is_empty());
        assert!(!leaves.leave());
        waiters.put_back(turn, held);
        assert!(leaves.leave());
        let senders = waiters.hold(turn).into_senders();
        assert_eq!(senders.len(), 1);
        for sender in senders {
            assert!(sender.send(Handed::new(Answer::NoAgent, || {})).is_ok());
        }
        assert_eq!(stays.answer().await, Some(Answer::NoAgent));
        waiters.put_back(turn, Held::default());
        assert!(waiters.inner.lock().unwrap().1.is_empty());
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
