//! Driving a query together with its loads, in one task: the query runs until every field waits for a load, and then the
//! loads run, wave by wave. So each has all the keys that it can have, without a guess at how long to wait for more.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::BoxFuture;
use futures_util::stream::{self, FuturesUnordered};
use futures_util::task::AtomicWaker;
use futures_util::{Stream, StreamExt};

/// What the loaders of a request have to load.
pub(super) struct Loads {
    asked: Option<Receiver<BoxFuture<'static, ()>>>,
    running: FuturesUnordered<BoxFuture<'static, ()>>,
    query: Arc<Woken>,
}

/// The query's waker, which notes that it was called. A query with many fields gives way in the middle of asking, and wakes
/// itself for the rest.
#[derive(Default)]
struct Woken {
    is_woken: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.task.wake();
    }
}

impl Loads {
    /// Of a request that loads nothing.
    pub(super) fn none() -> Self {
        Self {
            asked: None,
            running: FuturesUnordered::new(),
            query: Arc::default(),
        }
    }

    /// With what loaders give their loads to.
    pub(super) fn channel() -> (
        impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static,
        Self,
    ) {
        let (sender, receiver) = channel();
        let ask = move |load| {
            // Without a receiver the request is over, and no one waits for the load.
            let _ = sender.send(load);
        };
        let loads = Self {
            asked: Some(receiver),
            running: FuturesUnordered::new(),
            query: Arc::default(),
        };
        (ask, loads)
    }

    /// Runs a query.
    pub(super) async fn drive<T>(mut self, query: impl Future<Output = T>) -> T {
        let mut query = pin!(query);
        std::future::poll_fn(move |context| {
            self.poll_with(context, |context| query.as_mut().poll(context))
        })
        .await
    }

    /// Runs a subscription, each of whose events is a query.
    pub(super) fn drive_stream<S: Stream + Send + 'static>(
        mut self,
        events: S,
    ) -> Pin<Box<dyn Stream<Item = S::Item> + Send>>
    where
        S::Item: Send,
    {
        let mut events = Box::pin(events);
        Box::pin(stream::poll_fn(move |context| {
            self.poll_with(context, |context| events.as_mut().poll_next(context))
        }))
    }

    fn poll_with<T>(
        &mut self,
        context: &mut Context<'_>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.query.task.register(context.waker());
        let waker = Waker::from(self.query.clone());
        loop {
            self.query.is_woken.store(false, Ordering::Release);
            if let Poll::Ready(done) = poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(done);
            }
            // Unless it was woken by now, everything that can ask has asked; else this task is woken as well. What is asked while loads run waits for them, so that it is loaded together
            // with what their end makes ask; the query itself is never kept from running, since it may hold a connection.
            if let Some(asked) = &self.asked
                && self.running.is_empty()
                && !self.query.is_woken.load(Ordering::Acquire)
            {
                self.running.extend(asked.try_iter());
            }
            let mut is_moving = false;
            while let Poll::Ready(Some(())) = self.running.poll_next_unpin(context) {
                is_moving = true;
            }
            if !is_moving {
                return Poll::Pending;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;
    use std::time::Duration;

    use async_graphql::Result;
    use futures_util::future::join_all;

    use super::*;
    use crate::graphql::load::{Loader, Loading};

    #[derive(Clone, Default)]
    struct Doubles(Arc<Mutex<Vec<usize>>>);

    impl Loader<u32> for Doubles {
        type Value = u32;

        async fn load(&self, keys: &[u32]) -> Result<HashMap<u32, u32>> {
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.0.lock().unwrap().push(keys.len());
            Ok(keys.iter().map(|key| (*key, 2 * key)).collect())
        }
    }

    #[tokio::test]
    async fn what_is_asked_for_together_is_loaded_together_however_long_asking_takes() {
        let (ask, loads) = Loads::channel();
        let doubles = Doubles::default();
        let loader = Loading::new(doubles.clone(), ask);
        let one = async |key: u32| {
            std::thread::sleep(Duration::from_millis(2));
            let double = loader.load(key).await.unwrap().unwrap();
            loader.load(double + 100).await.unwrap().unwrap()
        };
        let all = loads.drive(join_all((0..20).map(one))).await;
        assert_eq!(all.len(), 20);
        assert_eq!(*doubles.0.lock().unwrap(), [20, 20]);
    }

    #[tokio::test]
    async fn a_query_that_gives_way_while_it_asks_is_waited_for() {
        let (ask, loads) = Loads::channel();
        let doubles = Doubles::default();
        let loader = Loading::new(doubles.clone(), ask);
        let one = async |key: u32| {
            for _ in 0..key {
                let mut has_waited = false;
                let give_way = std::future::poll_fn(|context| {
                    context.waker().wake_by_ref();
                    if std::mem::replace(&mut has_waited, true) {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                });
                give_way.await;
            }
            loader.load(key).await.unwrap().unwrap()
        };
        let all = loads.drive(join_all((0..50).map(one))).await;
        assert_eq!(all.len(), 50);
        assert_eq!(*doubles.0.lock().unwrap(), [50]);
    }
}
