//! What a host keeps in memory for external messages: the doors of sessions, and whom the environment's token speaks for.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use store::ids::{OrganizationId, UserId};

use crate::error::{Error, Result};

/// Doors that there are; sessions share them.
const DOORS: usize = 1_024;
/// How long it is remembered whom the environment's token speaks for: a token that was stored on another host beats it
/// that much later.
const LASTS: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub struct External {
    /// Messages of one session are stored one after the other, in the order in which they came.
    doors: Vec<tokio::sync::Mutex<()>>,
    hashing: RandomState,
    environment: Mutex<Option<(Instant, Option<Environment>)>>,
}

/// Whom the environment's token speaks for.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    /// The first organization.
    pub organization_id: OrganizationId,
    /// Its first owner.
    pub user_id: UserId,
    /// Whether the organization has a token of its own, which counts in the environment's place.
    pub is_beaten: bool,
}

impl Default for External {
    fn default() -> Self {
        Self {
            doors: (0..DOORS).map(|_| tokio::sync::Mutex::default()).collect(),
            hashing: RandomState::new(),
            environment: Mutex::default(),
        }
    }
}

impl External {
    /// Waits for those of the same session who came before.
    pub async fn door(
        &self,
        owner: OrganizationId,
        session: &str,
        wait: Duration,
    ) -> Result<tokio::sync::MutexGuard<'_, ()>> {
        let busy = || Error::Unavailable {
            what: "the session",
            source: "too many messages wait for it".into(),
        };
        let hash = self.hashing.hash_one((owner, session));
        let place = usize::try_from(hash % DOORS as u64).unwrap_or(0);
        let door = self.doors.get(place).ok_or_else(busy)?;
        let through = tokio::time::timeout(wait, door.lock()).await;
        through.map_err(|_| busy())
    }

    /// Whom the environment's token speaks for, as it was a moment ago.
    pub fn environment(&self) -> Option<Option<Environment>> {
        let remembered = *self.remembered();
        let (since, environment) = remembered?;
        (since.elapsed() < LASTS).then_some(environment)
    }

    /// Remembers whom it speaks for.
    pub fn remember(&self, environment: Option<Environment>) {
        *self.remembered() = Some((Instant::now(), environment));
    }

    /// Forgets it: a token was made or ended here.
    pub fn forget(&self) {
        *self.remembered() = None;
    }

    fn remembered(&self) -> MutexGuard<'_, Option<(Instant, Option<Environment>)>> {
        self.environment
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_session_lets_one_message_in_at_a_time() {
        let external = External::default();
        let owner = OrganizationId::new();
        let wait = Duration::from_millis(10);
        let first = external.door(owner, "user-42", wait).await.unwrap();
        let second = external.door(owner, "user-42", wait).await;
        assert_eq!(second.unwrap_err().code(), "unavailable");
        drop(first);
        assert!(external.door(owner, "user-42", wait).await.is_ok());
    }
}
