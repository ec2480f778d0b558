//! Deliveries of a channel: each when it is made, after each try and when it is over.

use std::collections::HashMap;

use async_trait::async_trait;
use store::deliveries::{self, Delivery};
use store::ids::{ChannelId, OrganizationId};
use store::{Store, StoreError};
use uuid::Uuid;

use super::PAGE;
use super::recent::Recent;
use crate::live::Topic;
use crate::live::feed::Source;

/// Deliveries that are followed at the same time.
const OPEN: i64 = 1_000;

/// Whose deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeliveriesOf {
    /// Whose channel.
    pub owner: OrganizationId,
    /// Which.
    pub channel: ChannelId,
}

/// How far the reader has come.
pub struct Place {
    recent: Recent<i64, Uuid>,
    /// Those that are not over, with how often they had been tried when they were last seen.
    open: HashMap<Uuid, i16>,
}

#[async_trait]
impl Source for DeliveriesOf {
    type Item = Delivery;
    type Place = Place;

    fn topic(&self) -> Topic {
        Topic::Deliveries(self.channel)
    }

    async fn start(&self, store: &Store) -> Result<Place, StoreError> {
        let newest = deliveries::newest(store, self.owner, self.channel).await?;
        let pending = Some("pending");
        let before = Some(newest.saturating_add(1));
        let open = deliveries::list(store, self.owner, self.channel, pending, before, OPEN).await?;
        Ok(Place {
            recent: Recent::from(newest),
            open: open.iter().map(|one| (one.id, one.attempts)).collect(),
        })
    }

    async fn read(
        &self,
        store: &Store,
        place: &mut Place,
    ) -> Result<(Vec<Delivery>, bool), StoreError> {
        let open: Vec<Uuid> = place.open.keys().copied().collect();
        // New ones wait while too many are followed.
        let room = OPEN - i64::try_from(open.len()).unwrap_or(OPEN);
        let limit = room.clamp(0, PAGE);
        let (after, known) = (place.recent.floor(), place.recent.ids());
        let found =
            deliveries::follow(store, self.owner, self.channel, after, limit, &known, &open)
                .await?;
        let (mut changed, mut fresh) = (Vec::new(), 0);
        for delivery in found {
            let is_over = delivery.status != "pending";
            let before = place.open.get(&delivery.id).copied();
            if before.is_none() {
                fresh += 1;
                place.recent.saw(delivery.sequence, delivery.id);
            }
            if is_over {
                place.open.remove(&delivery.id);
            } else {
                place.open.insert(delivery.id, delivery.attempts);
            }
            if is_over || before != Some(delivery.attempts) {
                changed.push(delivery);
            }
        }
        Ok((changed, limit > 0 && fresh >= limit))
    }
}
