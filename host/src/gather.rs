//! Gathers questions that are asked at once: whoever asks while nobody does asks at once, alone; those who come meanwhile are
//! asked for together next, by one of them. A lone caller waits for nobody, and many share one statement.
//!
//! Whoever asks may go away at any moment: the next one leads, and those it would have asked for ask again.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::error::Error;

/// Questions of one statement.
const MOST: usize = 64;

/// See the module. Cheap to clone.
pub struct Gather<Q, A>(Arc<Mutex<State<Q, A>>>);

struct State<Q, A> {
    is_led: bool,
    waiting: VecDeque<Waiting<Q, A>>,
}

struct Waiting<Q, A> {
    question: Q,
    told: oneshot::Sender<Told<Q, A>>,
}

/// What one who waits is told.
enum Told<Q, A> {
    /// The answer.
    Answer(A),
    /// To ask for these as well.
    Lead(Leading<Q, A>, VecDeque<Waiting<Q, A>>),
    /// To ask for itself: all together came to nothing, for which one question may have been the reason.
    Alone,
}

/// Held by the one who asks; whoever comes next gets it when it is dropped.
struct Leading<Q, A>(Option<Gather<Q, A>>);

impl<Q, A> Clone for Gather<Q, A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<Q, A> Default for Gather<Q, A> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            is_led: false,
            waiting: VecDeque::new(),
        })))
    }
}

impl<Q: Clone, A> Gather<Q, A> {
    /// Asks by `read`, which gives as many answers as it is asked questions, in their order.
    pub async fn ask<F, E>(&self, question: Q, read: impl Fn(Vec<Q>) -> F) -> Result<A, E>
    where
        F: Future<Output = Result<Vec<A>, E>>,
        E: From<Unanswered>,
    {
        let (leading, others) = loop {
            let Some(told) = self.join(&question) else {
                break (Leading(Some(self.clone())), VecDeque::new());
            };
            match told.await {
                Ok(Told::Answer(answer)) => return Ok(answer),
                Ok(Told::Lead(leading, others)) => break (leading, others),
                Ok(Told::Alone) => return one(read(vec![question]).await?),
                // The one who asked has gone away.
                Err(_) => {}
            }
        };
        let questions = others.iter().map(|other| other.question.clone());
        let questions = std::iter::once(question).chain(questions).collect();
        let answers = read(questions).await;
        drop(leading);
        let mut answers = match answers {
            Ok(answers) => answers.into_iter(),
            Err(error) => {
                for other in others {
                    let _ = other.told.send(Told::Alone);
                }
                return Err(error);
            }
        };
        let own = answers.next();
        for other in others {
            let told = answers.next().map_or(Told::Alone, Told::Answer);
            let _ = other.told.send(told);
        }
        own.ok_or_else(|| Unanswered.into())
    }

    /// Waits behind the one who asks; none where there is no one, and the caller is it.
    fn join(&self, question: &Q) -> Option<oneshot::Receiver<Told<Q, A>>> {
        let mut state = self.state();
        if !state.is_led {
            state.is_led = true;
            return None;
        }
        let (told, hears) = oneshot::channel();
        state.waiting.push_back(Waiting {
            question: question.clone(),
            told,
        });
        Some(hears)
    }
}

impl<Q, A> Gather<Q, A> {
    fn state(&self) -> MutexGuard<'_, State<Q, A>> {
        // Nothing that could panic runs while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those who are asked for next; none: nobody leads from now on.
    fn next(&self) -> Option<VecDeque<Waiting<Q, A>>> {
        let mut state = self.state();
        if state.waiting.is_empty() {
            state.is_led = false;
            return None;
        }
        let count = state.waiting.len().min(MOST);
        Some(state.waiting.drain(..count).collect())
    }
}

impl<Q, A> Drop for Leading<Q, A> {
    fn drop(&mut self) {
        let Some(gather) = self.0.take() else { return };
        while let Some(mut batch) = gather.next() {
            while let Some(first) = batch.pop_front() {
                let lead = Told::Lead(Leading(Some(gather.clone())), batch);
                match first.told.send(lead) {
                    Ok(()) => return,
                    // It has gone away: the one behind it leads.
                    Err(Told::Lead(mut leading, others)) => {
                        leading.0 = None;
                        batch = others;
                    }
                    Err(_) => return,
                }
            }
        }
    }
}

/// A question got no answer: `read` did not keep its word.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a question that was asked together with others got no answer")]
pub struct Unanswered;

impl From<Unanswered> for Error {
    fn from(unanswered: Unanswered) -> Self {
        Error::internal(unanswered)
    }
}

fn one<A, E: From<Unanswered>>(answers: Vec<A>) -> Result<A, E> {
    answers.into_iter().next().ok_or_else(|| Unanswered.into())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as Log;

    use futures_util::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Refused;

    impl From<Unanswered> for Refused {
        fn from(_: Unanswered) -> Self {
            Refused
        }
    }

    /// Doubles what it is asked, refuses 13, and waits for a permit a statement.
    #[derive(Default)]
    struct Table {
        asked: Log<Vec<Vec<u32>>>,
    }

    impl Table {
        async fn read(&self, gate: &Semaphore, asked: Vec<u32>) -> Result<Vec<u32>, Refused> {
            self.asked.lock().unwrap().push(asked.clone());
            tokio::task::yield_now().await;
            gate.acquire().await.unwrap().forget();
            if asked.contains(&13) {
                return Err(Refused);
            }
            Ok(asked.into_iter().map(|number| number * 2).collect())
        }

        fn asked(&self) -> Vec<Vec<u32>> {
            self.asked.lock().unwrap().clone()
        }
    }

    #[tokio::test]
    async fn who_comes_meanwhile_is_asked_for_together() {
        let (gather, table, gate) = (Gather::default(), Table::default(), Semaphore::new(9));
        let ask = |number| gather.ask(number, |asked| table.read(&gate, asked));
        assert_eq!(ask(1).await, Ok(2));
        assert_eq!(
            join_all([2, 3, 4].map(ask)).await,
            [Ok(4), Ok(6), Ok(8)],
            "each gets its own answer"
        );
        assert_eq!(table.asked(), [vec![1], vec![2], vec![3, 4]]);
        assert_eq!(ask(5).await, Ok(10), "nobody leads when all are answered");
    }

    #[tokio::test]
    async fn one_that_is_refused_takes_no_other_with_it() {
        let (gather, table, gate) = (Gather::default(), Table::default(), Semaphore::new(9));
        let ask = |number| gather.ask(number, |asked| table.read(&gate, asked));
        assert_eq!(
            join_all([1, 13, 3].map(ask)).await,
            [Ok(2), Err(Refused), Ok(6)]
        );
        assert_eq!(table.asked(), [vec![1], vec![13, 3], vec![3]]);
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_nobody_behind() {
        let (gather, table, gate) = (Gather::default(), Table::default(), Semaphore::new(0));
        let ask = |number| Box::pin(gather.ask(number, |asked| table.read(&gate, asked)));
        let (mut first, mut second, mut third, mut fourth) = (ask(1), ask(2), ask(3), ask(4));
        for waits in [&mut first, &mut second, &mut third, &mut fourth] {
            assert!(futures_util::poll!(waits).is_pending());
        }
        // The one who waits at the head goes first, then the one who asks.
        drop(second);
        drop(first);
        gate.add_permits(2);
        assert_eq!(third.await, Ok(6));
        assert_eq!(fourth.await, Ok(8));
        assert_eq!(table.asked(), [vec![1], vec![3, 4]]);
        // One that was to lead goes before it begins.
        let (mut fifth, mut sixth, mut seventh) = (ask(5), ask(6), ask(7));
        gate.forget_permits(9);
        for waits in [&mut fifth, &mut sixth, &mut seventh] {
            assert!(futures_util::poll!(waits).is_pending());
        }
        gate.add_permits(3);
        assert_eq!(fifth.await, Ok(10));
        drop(sixth);
        assert_eq!(seventh.await, Ok(14));
        assert_eq!(ask(8).await.err(), None);
    }
}
