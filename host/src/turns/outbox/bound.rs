//! Bound channels: what a driver needs of a channel, with its credential opened, kept as long as the channel's version.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use channels::BoundChannel;
use store::deliveries::TakenDelivery;
use store::ids::ChannelId;

use crate::context::Context;
use crate::error::Error;
use crate::service;

/// The channels that were delivered to lately.
#[derive(Default)]
pub(super) struct BoundChannels {
    known: Mutex<HashMap<ChannelId, (i64, Arc<BoundChannel>)>>,
}

/// More are not kept.
const KNOWN: usize = 1_000;

impl BoundChannels {
    /// The delivery's channel, as of the version that the delivery was taken with.
    pub(super) async fn get(
        &self,
        cx: &Context,
        delivery: &TakenDelivery,
    ) -> Result<Arc<BoundChannel>, Error> {
        let id = ChannelId::from(delivery.channel_id);
        if let Some(bound) = self.cached(id, delivery.channel_version) {
            return Ok(bound);
        }
        let bound =
            Arc::new(service::binding::bound(cx, delivery.organization_id.into(), id).await?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(id, (delivery.channel_version, bound.clone()));
        Ok(bound)
    }

    fn cached(&self, id: ChannelId, version: i64) -> Option<Arc<BoundChannel>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&id)
            .filter(|(known, _)| *known == version)
            .map(|(_, bound)| bound.clone())
    }
}
