//! The conversations whose turns wait in memory or run.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

/// See the module. Each with how many turns: the next one of a conversation is here before its last one is gone.
#[derive(Default)]
pub(super) struct Held(Mutex<HashMap<Uuid, usize>>);

impl Held {
    pub(super) fn add(&self, conversation: Uuid) {
        *self.lock().entry(conversation).or_default() += 1;
    }

    pub(super) fn remove(&self, conversation: Uuid) {
        if let Entry::Occupied(mut count) = self.lock().entry(conversation) {
            match count.get() {
                0 | 1 => drop(count.remove()),
                _ => *count.get_mut() -= 1,
            }
        }
    }

    pub(super) fn has(&self, conversation: Uuid) -> bool {
        self.lock().contains_key(&conversation)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_held_until_the_last_of_its_turns_is_gone() {
        let (held, one, other) = (Held::default(), Uuid::from_u128(1), Uuid::from_u128(2));
        held.add(one);
        held.add(one);
        held.remove(one);
        held.remove(other);
        assert!(held.has(one) && !held.has(other));
        held.remove(one);
        assert!(!held.has(one));
        assert!(held.lock().is_empty());
    }
}
