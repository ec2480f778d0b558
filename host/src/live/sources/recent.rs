//! What was seen lately, by the key that it is listed by. Rows of concurrent transactions become visible out of the order
//! of their keys: a reader goes on from a key that it passed a while ago, and leaves out what it has seen since.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Longer than a transaction of the host's own takes.
pub(crate) const WHILE: Duration = Duration::from_secs(3);

/// See the module.
pub(crate) struct Recent<Key, Id> {
    floor: Key,
    seen: VecDeque<(Instant, Key, Id)>,
}

impl<Key: Ord + Copy, Id: Copy + PartialEq> Recent<Key, Id> {
    /// From a key on.
    pub(crate) fn from(floor: Key) -> Self {
        Self {
            floor,
            seen: VecDeque::new(),
        }
    }

    /// The key to go on from.
    pub(crate) fn floor(&mut self) -> Key {
        self.floor_at(Instant::now())
    }

    fn floor_at(&mut self, now: Instant) -> Key {
        while let Some((at, key, _)) = self.seen.front() {
            if now.saturating_duration_since(*at) < WHILE {
                break;
            }
            self.floor = self.floor.max(*key);
            self.seen.pop_front();
        }
        self.floor
    }

    /// What to leave out.
    pub(crate) fn ids(&self) -> Vec<Id> {
        self.seen.iter().map(|(_, _, id)| *id).collect()
    }

    /// Whether it was seen lately.
    pub(crate) fn has(&self, wanted: Id) -> bool {
        self.seen.iter().any(|(_, _, id)| *id == wanted)
    }

    /// Notes what was seen.
    pub(crate) fn saw(&mut self, key: Key, id: Id) {
        self.seen.push_back((Instant::now(), key, id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_late_with_a_lower_key_is_still_after_the_floor() {
        let mut recent = Recent::from(10);
        recent.saw(12, 'b');
        assert_eq!((recent.floor(), recent.ids()), (10, vec!['b']));
        recent.saw(11, 'a');
        let later = Instant::now() + WHILE;
        assert_eq!((recent.floor_at(later), recent.ids()), (12, vec![]));
    }
}
