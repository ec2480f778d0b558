//! Refusals that were given lately. A module that cannot be compiled is asked for again with every event of its agent;
//! it is tried anew once in a while, as the host may have changed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Name;
use crate::refusal::Refusal;

const KEPT_FOR: Duration = Duration::from_secs(60);
/// How many are kept: what more there is, is tried each time.
const KEPT: usize = 1_000;

#[derive(Default)]
pub(crate) struct Refusals(Mutex<HashMap<Name, (Refusal, Instant)>>);

impl Refusals {
    pub(crate) fn get(&self, name: Name, now: Instant) -> Option<Refusal> {
        let kept = self.kept();
        let (refusal, since) = kept.get(&name)?;
        (now.duration_since(*since) < KEPT_FOR).then(|| refusal.clone())
    }

    pub(crate) fn keep(&self, name: Name, refusal: Refusal, now: Instant) {
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.retain(|_, (_, since)| now.duration_since(*since) < KEPT_FOR);
        }
        if kept.len() < KEPT {
            kept.insert(name, (refusal, now));
        }
    }

    pub(crate) fn clear(&self) {
        self.kept().clear();
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Name, (Refusal, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    #[test]
    fn a_refusal_holds_for_a_while() {
        let refusals = Refusals::default();
        let (name, now) = (
            Name {
                digest: Digest::of(b"m"),
                metered: false,
            },
            Instant::now(),
        );
        refusals.keep(name, Refusal::NoExport, now);
        assert_eq!(
            refusals.get(name, now + KEPT_FOR / 2),
            Some(Refusal::NoExport)
        );
        assert_eq!(
            refusals.get(
                Name {
                    metered: true,
                    ..name
                },
                now
            ),
            None
        );
        assert_eq!(refusals.get(name, now + KEPT_FOR), None);
    }

    #[test]
    fn makes_room_by_dropping_what_is_over() {
        let (refusals, then) = (Refusals::default(), Instant::now());
        let name = |at: usize| Name {
            digest: Digest::of(&at.to_le_bytes()),
            metered: false,
        };
        for at in 0..=KEPT {
            refusals.keep(name(at), Refusal::NoExport, then);
        }
        assert_eq!(refusals.kept().len(), KEPT);
        refusals.keep(name(KEPT), Refusal::NoExport, then + KEPT_FOR);
        assert_eq!(refusals.kept().len(), 1);
    }
}
