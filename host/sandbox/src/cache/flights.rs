//! Flights: loads that are under way. Whoever asks for a module that is being loaded waits for that load, whatever comes
//! of it; who asks later starts anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use super::Name;
use crate::module::Module;

type Flight<E, M> = Arc<OnceCell<Result<Arc<M>, E>>>;

pub(crate) struct Flights<E, M = Module>(Mutex<HashMap<Name, Flight<E, M>>>);

impl<E, M> Default for Flights<E, M> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<E: Clone, M> Flights<E, M> {
    /// Waits for the load of this name, and is the one who does it if nobody is. If that one is dropped midway, another
    /// who waits takes over with their own `load`.
    pub(crate) async fn join(
        &self,
        name: Name,
        load: impl AsyncFnOnce() -> Result<Arc<M>, E>,
    ) -> Result<Arc<M>, E> {
        let flight = self.flights().entry(name).or_default().clone();
        let landing = Landing {
            flights: self,
            name,
            flight: &flight,
        };
        let landed = flight.get_or_init(|| load()).await.clone();
        drop(landing);
        landed
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Name, Flight<E, M>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a flight off the list when it has landed, or when the last one who waited for it has left.
struct Landing<'a, E: Clone, M> {
    flights: &'a Flights<E, M>,
    name: Name,
    flight: &'a Flight<E, M>,
}

impl<E: Clone, M> Drop for Landing<'_, E, M> {
    fn drop(&mut self) {
        let mut flights = self.flights.flights();
        // One reference is the list's, one this waiter's.
        let over = self.flight.initialized() || Arc::strong_count(self.flight) <= 2;
        if over
            && flights
                .get(&self.name)
                .is_some_and(|listed| Arc::ptr_eq(listed, self.flight))
        {
            flights.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use tokio::sync::Notify;
    use tokio::time::timeout;

    use super::*;
    use crate::digest::Digest;

    const NAME: fn() -> Name = || Name {
        digest: Digest::of(b"m"),
        metered: false,
    };

    #[tokio::test]
    async fn those_who_come_together_share_one_load() {
        let flights: Flights<String, u32> = Flights::default();
        let loads = AtomicU32::new(0);
        let load = async || {
            loads.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(Arc::new(7))
        };
        let (a, b) = tokio::join!(flights.join(NAME(), load), flights.join(NAME(), load));
        assert_eq!(
            (*a.unwrap(), *b.unwrap(), loads.load(Ordering::SeqCst)),
            (7, 7, 1)
        );
        assert!(flights.flights().is_empty());
    }

    #[tokio::test]
    async fn a_failure_is_shared_and_then_forgotten() {
        let flights: Flights<String, u32> = Flights::default();
        let fail = async || {
            tokio::task::yield_now().await;
            Err("no".to_owned())
        };
        let (a, b) = tokio::join!(
            flights.join(NAME(), fail),
            flights.join(NAME(), async || Ok(Arc::new(1)))
        );
        assert_eq!((a, b), (Err("no".to_owned()), Err("no".to_owned())));
        assert_eq!(
            flights.join(NAME(), async || Ok(Arc::new(2))).await,
            Ok(Arc::new(2))
        );
    }

    #[tokio::test]
    async fn when_the_loader_leaves_another_takes_over() {
        let flights: Flights<String, u32> = Flights::default();
        let stuck = Notify::new();
        let mut first = Box::pin(flights.join(NAME(), async || {
            stuck.notified().await;
            Ok(Arc::new(1))
        }));
        assert!(timeout(Duration::ZERO, &mut first).await.is_err());
        let mut second = Box::pin(flights.join(NAME(), async || Ok(Arc::new(2))));
        assert!(timeout(Duration::ZERO, &mut second).await.is_err());
        drop(first);
        assert_eq!(
            timeout(Duration::from_secs(10), second).await.unwrap(),
            Ok(Arc::new(2))
        );
        assert!(flights.flights().is_empty());
    }

    #[tokio::test]
    async fn a_flight_that_everyone_left_is_off_the_list() {
        let flights: Flights<String, u32> = Flights::default();
        let mut only = Box::pin(flights.join(NAME(), async || std::future::pending().await));
        assert!(timeout(Duration::ZERO, &mut only).await.is_err());
        drop(only);
        assert!(flights.flights().is_empty());
    }
}
