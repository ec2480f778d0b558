//! A batch is what arrived while the batch before it was being written: many callers share one statement and one
//! flush to disk, and a lone caller waits for nobody.

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::hash::Hash;
use std::pin::pin;

use tokio::sync::mpsc;

/// The way into a batch. Cheap to clone; full when too many wait.
#[derive(Debug)]
pub(super) struct Batcher<T> {
    sender: mpsc::Sender<T>,
}

impl<T> Clone for Batcher<T> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
        }
    }
}

/// The other end, until it is run.
#[derive(Debug)]
pub(super) struct Batches<T> {
    receiver: mpsc::Receiver<T>,
}

/// Makes the two ends; at most `waiting` items wait between them.
pub(super) fn batcher<T>(waiting: usize) -> (Batcher<T>, Batches<T>) {
    let (sender, receiver) = mpsc::channel(waiting);
    (Batcher { sender }, Batches { receiver })
}

impl<T> Batcher<T> {
    /// Adds an item, waiting for room. The item comes back when no one writes any more.
    pub(super) async fn add(&self, item: T) -> Result<(), T> {
        self.sender.send(item).await.map_err(|back| back.0)
    }

    /// Adds an item if there is room.
    #[cfg(test)]
    pub(super) fn try_add(&self, item: T) -> Result<(), T> {
        self.sender.try_send(item).map_err(|back| back.into_inner())
    }
}

impl<T> Batches<T> {
    /// Writes batches of up to `most` items, one batch after the other, until every [`Batcher`] is gone, or until `stop`
    /// resolves: the batch that is being written then is the last one.
    /// Of items with the same key, which must not meet in one batch, each waits for the batch after the other's: items
    /// of one key are written in the order in which they came.
    pub(super) async fn run<K, F>(
        mut self,
        most: usize,
        stop: impl Future<Output = ()>,
        keys: impl Fn(&T) -> K,
        mut write: impl FnMut(Vec<T>) -> F,
    ) where
        K: Hash + Eq,
        F: Future<Output = ()>,
    {
        let mut stop = pin!(stop);
        let mut held: VecDeque<T> = VecDeque::new();
        loop {
            let mut batch = Vec::new();
            let mut taken = HashSet::new();
            let mut next_held = VecDeque::new();
            let mut place = |item: T, batch: &mut Vec<T>, next_held: &mut VecDeque<T>| {
                if batch.len() < most && taken.insert(keys(&item)) {
                    batch.push(item);
                } else {
                    next_held.push_back(item);
                }
            };
            for item in held.drain(..) {
                place(item, &mut batch, &mut next_held);
            }
            if batch.is_empty() {
                tokio::select! {
                    biased;
                    () = &mut stop => return,
                    first = self.receiver.recv() => match first {
                        Some(item) => place(item, &mut batch, &mut next_held),
                        None => return,
                    },
                }
            }
            while batch.len() < most && next_held.len() < most {
                match self.receiver.try_recv() {
                    Ok(item) => place(item, &mut batch, &mut next_held),
                    Err(_) => break,
                }
            }
            held = next_held;
            write(batch).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn written(items: Vec<(u8, u8)>, most: usize) -> Vec<Vec<(u8, u8)>> {
        let (batcher, batches) = batcher(100);
        for item in items {
            batcher.try_add(item).unwrap();
        }
        drop(batcher);
        let mut seen = Vec::new();
        batches
            .run(
                most,
                std::future::pending(),
                |item| item.0,
                |batch| {
                    seen.push(batch);
                    std::future::ready(())
                },
            )
            .await;
        seen
    }

    #[tokio::test]
    async fn what_waits_is_written_together() {
        assert_eq!(
            written(vec![(1, 0), (2, 0), (3, 0)], 10).await,
            [[(1, 0), (2, 0), (3, 0)]]
        );
    }

    #[tokio::test]
    async fn one_key_is_never_twice_in_a_batch_and_keeps_its_order() {
        let batches = written(vec![(1, 0), (1, 1), (2, 0), (1, 2), (2, 1)], 10).await;
        assert_eq!(
            batches,
            [vec![(1, 0), (2, 0)], vec![(1, 1), (2, 1)], vec![(1, 2)]]
        );
    }

    #[tokio::test]
    async fn a_batch_has_a_limit() {
        let batches = written(vec![(1, 0), (2, 0), (3, 0)], 2).await;
        assert_eq!(batches, [vec![(1, 0), (2, 0)], vec![(3, 0)]]);
    }
}
