//! Deliveries, many at a time.

use std::collections::HashMap;

use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid};
use diesel_async::RunQueryDsl;

use super::Delivery;
use crate::ids::{ChannelId, DeliveryId, OrganizationId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Stretch};
use crate::{Store, StoreError, hot};

const FIND: &str = "SELECT * FROM deliveries WHERE organization_id = $1 AND id = ANY ($2)";

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[DeliveryId],
) -> Result<Vec<Delivery>, StoreError> {
    let statement = hot::statement(FIND)
        .bind::<Uuid, _>(owner)
        .bind::<Array<Uuid>, _>(ids);
    Ok(statement.load(&mut store.connection().await?).await?)
}

const OF_CHANNELS: Listing = listing!(
    Down,
    "deliveries",
    "channel_id",
    "sequence",
    " AND ($6 IS NULL OR t.status = $6)"
);

/// Those of each channel, the newest first; of one status, if it is given.
pub async fn of_channels(
    store: &Store,
    owner: OrganizationId,
    channels: &[ChannelId],
    status: Option<&str>,
    stretch: &Stretch<i64>,
) -> Result<HashMap<ChannelId, Listed<Delivery>>, StoreError> {
    let channel = |row: &Delivery| ChannelId::from(row.channel_id);
    read!(store, OF_CHANNELS, owner, channels, stretch, BigInt, Nullable<Text> = status; channel, |row| row.sequence)
}
