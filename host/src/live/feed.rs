//! A feed reads what is new once, for all who watch the same on this host: one reader as long as there is a watcher. It
//! reads the table from the place that it has come to; a wake-up only shortens the wait.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use store::{Store, StoreError};
use tokio::sync::{broadcast, watch};

use super::{Live, Topic};
use crate::supervisor::Supervisor;

/// Items that a slow watcher may fall behind.
const BACKLOG: usize = 256;
/// How often a reader looks without a wake-up.
const LOOK: Duration = Duration::from_secs(5);
/// How long a watcher waits for the reader to know where it starts.
const START: Duration = Duration::from_secs(10);
/// How long it waits where the database does not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// What a feed is of: where its reader starts and how it goes on.
#[async_trait]
pub trait Source: Clone + Eq + Hash + Send + Sync + 'static {
    /// What watchers get.
    type Item: Send + Sync + 'static;
    /// How far the reader has come.
    type Place: Send + 'static;

    /// What wakes the reader.
    fn topic(&self) -> Topic;

    /// The place after all that there is now.
    async fn start(&self, store: &Store) -> Result<Self::Place, StoreError>;

    /// What is new, in order, and whether there may be more at once.
    async fn read(
        &self,
        store: &Store,
        place: &mut Self::Place,
    ) -> Result<(Vec<Self::Item>, bool), StoreError>;
}

/// The feeds of one kind. Cheap to clone.
pub struct Hub<S: Source>(Feeds<S>);

type Feeds<S> = Arc<Mutex<HashMap<S, Feed<<S as Source>::Item>>>>;

struct Feed<Item> {
    sender: broadcast::Sender<Arc<Item>>,
    is_started: watch::Receiver<bool>,
}

/// Why a watcher has nothing to get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// It was too slow: something passed that it has not got.
    Behind,
    /// The reader ended with its host.
    Over,
}

/// One watcher's place in a feed.
pub struct Watching<Item> {
    receiver: broadcast::Receiver<Arc<Item>>,
}

impl<S: Source> Hub<S> {
    /// Watches: whatever a read of the table shows from now on and this watcher has not read itself comes by here.
    pub async fn watch(
        &self,
        source: S,
        live: &Live,
        store: &Store,
        tasks: &Supervisor,
    ) -> Result<Watching<S::Item>, Gap> {
        let (watching, mut is_started) = self.join(source, live, store, tasks);
        let started = is_started.wait_for(|is_started| *is_started);
        match tokio::time::timeout(START, started).await {
            Ok(Ok(_)) => Ok(watching),
            Ok(Err(_)) | Err(_) => Err(Gap::Over),
        }
    }

    fn join(
        &self,
        source: S,
        live: &Live,
        store: &Store,
        tasks: &Supervisor,
    ) -> (Watching<S::Item>, watch::Receiver<bool>) {
        let mut feeds = locked(&self.0);
        if let Some(feed) = feeds.get(&source) {
            let receiver = feed.sender.subscribe();
            return (Watching { receiver }, feed.is_started.clone());
        }
        let (sender, receiver) = broadcast::channel(BACKLOG);
        let (started, is_started) = watch::channel(false);
        let feed = Feed {
            sender: sender.clone(),
            is_started: is_started.clone(),
        };
        feeds.insert(source.clone(), feed);
        drop(feeds);
        let reader = Reader {
            listed: Listed {
                source,
                feeds: self.0.clone(),
            },
            live: live.clone(),
            store: store.clone(),
            tasks: tasks.clone(),
            sender,
        };
        tasks.spawn("feed", reader.run(started));
        (Watching { receiver }, is_started)
    }
}

impl<Item> Watching<Item> {
    /// The next item.
    pub async fn next(&mut self) -> Result<Arc<Item>, Gap> {
        self.receiver.recv().await.map_err(|error| match error {
            broadcast::error::RecvError::Lagged(_) => Gap::Behind,
            broadcast::error::RecvError::Closed => Gap::Over,
        })
    }
}

struct Reader<S: Source> {
    listed: Listed<S>,
    live: Live,
    store: Store,
    tasks: Supervisor,
    sender: broadcast::Sender<Arc<S::Item>>,
}

impl<S: Source> Reader<S> {
    async fn run(self, started: watch::Sender<bool>) {
        let source = &self.listed.source;
        // Before the first look: what happens in between wakes.
        let mut changes = self.live.subscribe(source.topic());
        let mut place = None;
        loop {
            let mut wait = LOOK;
            match self.read(&mut place).await {
                Ok(is_more) => {
                    started.send_replace(true);
                    if is_more {
                        continue;
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        topic = ?source.topic(),
                        "what is new could not be read"
                    );
                    wait = PAUSE;
                }
            }
            tokio::select! {
                () = changes.changed() => {}
                () = tokio::time::sleep(wait) => {}
                () = self.sender.closed() => {
                    if self.listed.leave(&self.sender) {
                        return;
                    }
                }
                () = self.tasks.stopping() => return,
            }
        }
    }

    /// Reads on; whether there may be more.
    async fn read(&self, place: &mut Option<S::Place>) -> Result<bool, StoreError> {
        let source = &self.listed.source;
        let Some(place) = place else {
            *place = Some(source.start(&self.store).await?);
            return Ok(false);
        };
        let (items, is_more) = source.read(&self.store, place).await?;
        for item in items {
            // An error means that the last watcher is leaving just now.
            let _ = self.sender.send(Arc::new(item));
        }
        Ok(is_more)
    }
}

/// A reader's entry in the list: however it ends, the next watcher starts another.
struct Listed<S: Source> {
    source: S,
    feeds: Feeds<S>,
}

impl<S: Source> Listed<S> {
    /// Takes the feed off the list, unless someone has come since.
    fn leave(&self, sender: &broadcast::Sender<Arc<S::Item>>) -> bool {
        let mut feeds = locked(&self.feeds);
        if sender.receiver_count() > 0 {
            return false;
        }
        remove(&mut feeds, &self.source, sender);
        true
    }
}

impl<S: Source> Drop for Reader<S> {
    fn drop(&mut self) {
        remove(
            &mut locked(&self.listed.feeds),
            &self.listed.source,
            &self.sender,
        );
    }
}

/// Removes a feed, but not the one that came after it.
fn remove<S: Source>(
    feeds: &mut HashMap<S, Feed<S::Item>>,
    source: &S,
    sender: &broadcast::Sender<Arc<S::Item>>,
) {
    if feeds
        .get(source)
        .is_some_and(|feed| feed.sender.same_channel(sender))
    {
        feeds.remove(source);
    }
}

fn locked<S: Source>(feeds: &Feeds<S>) -> MutexGuard<'_, HashMap<S, Feed<S::Item>>> {
    feeds.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Source> Clone for Hub<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Source> Default for Hub<S> {
    fn default() -> Self {
        Self(Arc::default())
    }
}
