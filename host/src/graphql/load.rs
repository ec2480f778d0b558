//! Loading by waves: who asks for what a key names joins the wave of that kind of key which has not left yet, and the wave
//! reads all its keys together when `drive` lets it go. The library's loader does the same with a timer, a channel and a
//! few maps for each key.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_graphql::{Error, Result};
use futures_util::future::BoxFuture;

/// What can read what keys of a kind name.
pub(super) trait Loader<K>: Send + Sync + 'static {
    /// What a key names.
    type Value: Clone + Send + 'static;

    /// Reads what these name; what is not there is left out.
    fn load(&self, keys: &[K]) -> impl Future<Output = Result<HashMap<K, Self::Value>>> + Send;
}

/// What can be the key of something.
pub(super) trait Key: Hash + Eq + Clone + Send + Sync + 'static {}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Key for K {}

/// The loads of one request, from one source.
pub(super) struct Loading<S> {
    source: Arc<S>,
    /// The wave of each kind of key that has not left yet.
    boarding: Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>,
    ask: Box<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>,
}

impl<S> Loading<S> {
    /// From a source. What is to be loaded is given to `ask`, which lets it run when all that can ask has asked.
    pub(super) fn new(
        source: S,
        ask: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static,
    ) -> Self {
        Self {
            source: Arc::new(source),
            boarding: Arc::default(),
            ask: Box::new(ask),
        }
    }

    /// What a key names.
    pub(super) async fn load<K: Key>(&self, key: K) -> Result<Option<S::Value>>
    where
        S: Loader<K>,
    {
        let wave = self.board(&key);
        poll_fn(|context| wave.poll(&key, context)).await
    }

    fn board<K: Key>(&self, key: &K) -> Arc<Wave<K, S::Value>>
    where
        S: Loader<K>,
    {
        let kind = TypeId::of::<K>();
        let mut boarding = locked(&self.boarding);
        let known = boarding.get(&kind);
        let known = known.and_then(|wave| wave.downcast_ref::<Arc<Wave<K, S::Value>>>());
        if let Some(wave) = known {
            locked(&wave.0).keys.insert(key.clone());
            return wave.clone();
        }
        let wave = Arc::new(Wave::of(key.clone()));
        boarding.insert(kind, Box::new(wave.clone()));
        let (leaving, source, boarding) =
            (wave.clone(), self.source.clone(), self.boarding.clone());
        (self.ask)(Box::pin(async move {
            locked(&boarding).remove(&kind);
            let keys = std::mem::take(&mut locked(&leaving.0).keys);
            let keys: Vec<K> = keys.into_iter().collect();
            let found = source.load(&keys).await;
            leaving.arrive(found);
        }));
        wave
    }
}

/// Keys that are read together.
struct Wave<K, V>(Mutex<Riders<K, V>>);

struct Riders<K, V> {
    keys: HashSet<K>,
    found: Option<Result<HashMap<K, V>>>,
    waiting: Vec<Waker>,
}

impl<K: Key, V: Clone> Wave<K, V> {
    fn of(key: K) -> Self {
        Self(Mutex::new(Riders {
            keys: HashSet::from([key]),
            found: None,
            waiting: Vec::new(),
        }))
    }

    fn arrive(&self, found: Result<HashMap<K, V>>) {
        let mut riders = locked(&self.0);
        riders.found = Some(found);
        let waiting = std::mem::take(&mut riders.waiting);
        drop(riders);
        waiting.into_iter().for_each(Waker::wake);
    }

    fn poll(&self, key: &K, context: &mut Context<'_>) -> Poll<Result<Option<V>>> {
        let mut riders = locked(&self.0);
        match &riders.found {
            Some(Ok(found)) => Poll::Ready(Ok(found.get(key).cloned())),
            Some(Err(error)) => Poll::Ready(Err(Error::clone(error))),
            None => {
                // Most wait in the same task.
                let last = riders.waiting.last();
                if last.is_none_or(|last| !last.will_wake(context.waker())) {
                    riders.waiting.push(context.waker().clone());
                }
                Poll::Pending
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
