//! A batch is what arrived while the batch before it was being written: many callers share one statement and one
//! flush to disk, and a lone caller waits for nobody.

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::hash::Hash;
use std::pin::pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

/// Batches that are written at once.
const AT_ONCE: usize = 2;

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
    /// Writes batches of up to `most` items until every [`Batcher`] is gone, or until `stop` resolves: the batches that are
    /// being written then are the last ones.
    ///
    /// A second batch is begun beside the first one once as many items wait as the first has: while one
    /// statement waits for the disk another can be worked on, and smaller ones would cost more than they save.
    /// Of items with the same key, which must not meet in one batch nor in two at once, each waits for the batch after the
    /// other's: items of one key are written in the order in which they came.
    pub(super) async fn run<K, F>(
        mut self,
        most: usize,
        stop: impl Future<Output = ()>,
        keys: impl Fn(&T) -> K,
        mut write: impl FnMut(Vec<T>) -> F,
    ) where
        K: Hash + Eq + Clone,
        F: Future<Output = ()>,
    {
        let mut stop = pin!(stop);
        let mut is_open = true;
        let mut waiting: VecDeque<T> = VecDeque::new();
        // What is being written, with the keys of each batch.
        let mut writing = FuturesUnordered::new();
        let mut taken: HashSet<K> = HashSet::new();
        loop {
            while waiting.len() < most
                && let Ok(item) = self.receiver.try_recv()
            {
                waiting.push_back(item);
            }
            let in_flight = taken.len();
            if writing.is_empty() || (writing.len() < AT_ONCE && waiting.len() >= in_flight) {
                let (batch, added) = next(&mut waiting, most, &mut taken, &keys);
                if !batch.is_empty() {
                    let written = write(batch);
                    writing.push(async move {
                        written.await;
                        added
                    });
                    continue;
                }
            }
            if !is_open && writing.is_empty() {
                return;
            }
            let has_room = waiting.len() < most;
            tokio::select! {
                biased;
                () = &mut stop, if is_open => {
                    is_open = false;
                    waiting.clear();
                    self.receiver.close();
                    while self.receiver.try_recv().is_ok() {}
                }
                Some(added) = writing.next() => {
                    for key in &added {
                        taken.remove(key);
                    }
                }
                item = self.receiver.recv(), if is_open && has_room => match item {
                    Some(item) => waiting.push_back(item),
                    None => is_open = false,
                },
            }
            if writing.is_empty() {
                // Those who are ready to add something do so now. A lone caller waits for nobody.
                tokio::task::yield_now().await;
            }
        }
    }
}

/// The longest batch that can be written now, in the order of what waits, and its keys, which are taken from now on.
fn next<T, K: Hash + Eq + Clone>(
    waiting: &mut VecDeque<T>,
    most: usize,
    taken: &mut HashSet<K>,
    keys: &impl Fn(&T) -> K,
) -> (Vec<T>, Vec<K>) {
    let (mut batch, mut added) = (Vec::new(), Vec::new());
    let mut held = VecDeque::new();
    // What waits behind another item of its key must not overtake it.
    let mut passed: HashSet<K> = HashSet::new();
    for item in waiting.drain(..) {
        let key = keys(&item);
        if batch.len() < most && !taken.contains(&key) && !passed.contains(&key) {
            taken.insert(key.clone());
            added.push(key);
            batch.push(item);
        } else {
            passed.insert(key);
            held.push_back(item);
        }
    }
    *waiting = held;
    (batch, added)
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

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

    #[tokio::test]
    async fn a_second_batch_goes_beside_the_first_and_shares_no_key_with_it() {
        let (batcher, batches) = batcher(100);
        let (begun, mut begins) = mpsc::unbounded_channel();
        let gate = Semaphore::new(0);
        let written = batches.run(
            10,
            std::future::pending(),
            |item: &(u8, u8)| item.0,
            async |batch| {
                begun.send(batch).unwrap();
                gate.acquire().await.unwrap().forget();
            },
        );
        let story = async {
            batcher.try_add((1, 0)).unwrap();
            assert_eq!(begins.recv().await.unwrap(), [(1, 0)]);
            batcher.try_add((1, 1)).unwrap();
            batcher.try_add((2, 0)).unwrap();
            assert_eq!(begins.recv().await.unwrap(), [(2, 0)]);
            // A third one waits for an end.
            batcher.try_add((3, 0)).unwrap();
            tokio::task::yield_now().await;
            assert!(begins.try_recv().is_err());
            gate.add_permits(1);
            assert_eq!(begins.recv().await.unwrap(), [(1, 1), (3, 0)]);
            drop(batcher);
            gate.add_permits(2);
        };
        tokio::join!(written, story);
    }
}
