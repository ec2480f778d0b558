//! Those who talk on Channel API channels as usual: what they say can be stored without reading first who they are. It is a guess,
//! by how they were found when they spoke last: the statement that stores a message holds it against what is true, and
//! whoever does not talk as usual any more is read again.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use store::ids::ChannelId;

/// How many are remembered at most.
const MOST: usize = 50_000;

/// See the module. Each is remembered by a hash: of two with one, a guess is wrong, and no more than that.
#[derive(Debug, Default)]
pub struct Usual {
    hasher: RandomState,
    known: Mutex<HashSet<u64>>,
}

impl Usual {
    /// Whether someone was found to talk as usual.
    pub fn is_guessed(&self, channel: ChannelId, user: &str) -> bool {
        self.lock().contains(&self.hash(channel, user))
    }

    /// Remembers that someone does.
    pub fn keep(&self, channel: ChannelId, user: &str) {
        let hash = self.hash(channel, user);
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(hash);
    }

    /// Forgets it.
    pub fn forget(&self, channel: ChannelId, user: &str) {
        let hash = self.hash(channel, user);
        self.lock().remove(&hash);
    }

    fn hash(&self, channel: ChannelId, user: &str) -> u64 {
        self.hasher.hash_one((channel.uuid(), user))
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_are_guessed_who_were_kept_and_not_forgotten() {
        let (usual, here, there) = (Usual::default(), ChannelId::new(), ChannelId::new());
        usual.keep(here, "alice");
        usual.keep(here, "bob");
        usual.forget(here, "bob");
        assert!(usual.is_guessed(here, "alice"));
        assert!(!usual.is_guessed(here, "bob") && !usual.is_guessed(there, "alice"));
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let (usual, channel) = (Usual::default(), ChannelId::new());
        for number in 0..=MOST {
            usual.keep(channel, &number.to_string());
        }
        assert!(usual.lock().len() <= MOST);
        assert!(usual.is_guessed(channel, &MOST.to_string()));
    }
}
