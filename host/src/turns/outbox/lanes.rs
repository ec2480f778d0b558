//! Lanes: how many deliveries are on their way, in all and by channel.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::ids::ChannelId;

use crate::turns::Signals;

/// The lanes of this host. Cheap to clone.
#[derive(Clone)]
pub(super) struct Lanes {
    taken: Arc<Mutex<HashMap<ChannelId, usize>>>,
    signals: Arc<Signals>,
    most: usize,
    per_channel: usize,
}

impl Lanes {
    pub(super) fn new(most: usize, per_channel: usize, signals: Arc<Signals>) -> Self {
        Self {
            taken: Arc::default(),
            signals,
            most,
            per_channel,
        }
    }

    /// How many are free, and the channels that have no free one.
    pub(super) fn state(&self) -> (usize, Vec<ChannelId>) {
        let taken = self.lock();
        let full = taken
            .iter()
            .filter(|(_, count)| **count >= self.per_channel)
            .map(|(channel, _)| *channel);
        (
            self.most.saturating_sub(taken.values().sum()),
            full.collect(),
        )
    }

    /// Takes a lane until the place is dropped.
    pub(super) fn enter(&self, channel: ChannelId) -> Place {
        *self.lock().entry(channel).or_default() += 1;
        Place {
            lanes: self.clone(),
            channel,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ChannelId, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lane that is taken.
pub(super) struct Place {
    lanes: Lanes,
    channel: ChannelId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.lanes.lock();
        if let Some(count) = taken.get_mut(&self.channel) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.channel);
            }
        }
        drop(taken);
        self.lanes.signals.deliveries.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_channel_is_left_out_and_others_are_not() {
        let lanes = Lanes::new(3, 2, Arc::default());
        let (dead, calm) = (ChannelId::new(), ChannelId::new());
        let places = [lanes.enter(dead), lanes.enter(dead), lanes.enter(calm)];
        assert_eq!(lanes.state(), (0, vec![dead]));
        drop(places);
        assert_eq!(lanes.state(), (3, vec![]));
    }
}
