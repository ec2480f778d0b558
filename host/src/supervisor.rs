//! The supervisor owns every task that outlives a request: it starts them by name, tells them to stop, waits for them,
//! and says which did not come back. There is one tree: its root is the process.

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use tokio_util::task::TaskTracker;

/// The owner of the tasks of this process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Supervisor {
    stop: CancellationToken,
    tracker: TaskTracker,
    running: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

/// Tasks that did not stop in time.
#[derive(Debug, thiserror::Error)]
#[error("still running: {}", .0.join(", "))]
pub struct StillRunning(pub Vec<&'static str>);

impl Supervisor {
    /// Starts a task. It ends by itself, or soon after [`Supervisor::stopping`]; a panic in it is logged with its name.
    pub fn spawn<F>(&self, name: &'static str, task: F) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let entry = Entry::new(name, self.running.clone());
        // On the heap before it is handed on: each of the layers below would move it, and a turn's is kilobytes long.
        let task = Box::pin(task);
        self.tracker.spawn(async move {
            if let Err(panic) = AssertUnwindSafe(task).catch_unwind().await {
                tracing::error!(task = name, panic = said(&*panic), "a task panicked");
            }
            drop(entry);
        })
    }

    /// Resolves when the process is asked to stop.
    pub fn stopping(&self) -> WaitForCancellationFuture<'_> {
        self.stop.cancelled()
    }

    /// Whether the process was asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// The token itself, for what takes one.
    pub fn token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Asks every task to stop; does not wait.
    pub fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
    }

    /// Asks every task to stop and waits for them.
    pub async fn stop_within(&self, limit: Duration) -> Result<(), StillRunning> {
        self.stop();
        match tokio::time::timeout(limit, self.tracker.wait()).await {
            Ok(()) => Ok(()),
            Err(_) => Err(StillRunning(self.names())),
        }
    }

    /// What runs at the moment, by name, each name once.
    pub fn names(&self) -> Vec<&'static str> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.keys().copied().collect()
    }
}

/// One running task in the supervisor's list, also when it is dropped halfway.
struct Entry {
    name: &'static str,
    running: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Entry {
    fn new(name: &'static str, running: Arc<Mutex<BTreeMap<&'static str, usize>>>) -> Self {
        let mut names = running.lock().unwrap_or_else(PoisonError::into_inner);
        *names.entry(name).or_default() += 1;
        drop(names);
        Self { name, running }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut names = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = names.get_mut(self.name) {
            *count -= 1;
            if *count == 0 {
                names.remove(self.name);
            }
        }
    }
}

fn said(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_that_listen_are_waited_for() {
        let tasks = Supervisor::default();
        let listener = tasks.clone();
        tasks.spawn("listener", async move { listener.stopping().await });
        assert_eq!(tasks.names(), ["listener"]);

        tasks.stop_within(Duration::from_secs(5)).await.unwrap();

        assert!(tasks.is_stopping());
        assert!(tasks.names().is_empty());
    }

    #[tokio::test]
    async fn a_task_that_does_not_stop_is_named() {
        let tasks = Supervisor::default();
        tasks.spawn("deaf", std::future::pending());
        let error = tasks
            .stop_within(Duration::from_millis(10))
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "still running: deaf");
    }

    #[tokio::test]
    async fn a_panic_ends_its_task_alone() {
        let tasks = Supervisor::default();
        let broken = tasks.spawn("broken", async { panic!("on purpose") });
        broken.await.unwrap();
        tasks.stop_within(Duration::from_secs(5)).await.unwrap();
    }
}
