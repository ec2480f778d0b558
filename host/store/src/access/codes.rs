//! Codes of a channel, to be listed and taken back. What they are kept by stays here: a code is short enough to be guessed
//! from it.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::ids::{AccessCodeId, ChannelId, OrganizationId, UserId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::access_codes;

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = access_codes, check_for_backend(diesel::pg::Pg))]
pub struct AccessCode {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel that it opens.
    pub channel_id: ChannelId,
    /// Its id.
    pub id: AccessCodeId,
    /// Who made it.
    pub created_by: UserId,
    /// Since when.
    pub created_at: Time,
    /// Until when it works.
    pub expires_at: Time,
    /// When it let someone in.
    pub used_at: Option<Time>,
    /// Whom, by the platform's id.
    pub used_by: Option<String>,
}

/// The one with this id, whether it works or not.
pub async fn find_code(
    store: &Store,
    owner: OrganizationId,
    id: AccessCodeId,
) -> Result<Option<AccessCode>, StoreError> {
    let query = access_codes::table
        .filter(access_codes::organization_id.eq(owner))
        .filter(access_codes::id.eq(id))
        .select(AccessCode::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those with these ids, whether they work or not, in any order.
pub async fn find_codes(
    store: &Store,
    owner: OrganizationId,
    ids: &[AccessCodeId],
) -> Result<Vec<AccessCode>, StoreError> {
    let query = access_codes::table
        .filter(access_codes::organization_id.eq(owner))
        .filter(access_codes::id.eq_any(ids))
        .select(AccessCode::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

const CODES_OF_CHANNELS: Listing = listing!(Down, "access_codes", "channel_id", "id");

/// Those of each channel that are kept, whether they work or not, the newest first.
pub async fn codes_of_channels(
    store: &Store,
    owner: OrganizationId,
    channels: &[ChannelId],
    stretch: &Stretch<AccessCodeId>,
) -> Result<HashMap<ChannelId, Listed<AccessCode>>, StoreError> {
    read!(store, CODES_OF_CHANNELS, owner, channels, stretch, SqlUuid; |row: &AccessCode| row.channel_id, |row| row.id)
}

/// Takes a code back that nobody has used.
pub async fn revoke_code(
    store: &Store,
    owner: OrganizationId,
    id: AccessCodeId,
) -> Result<AccessCode, StoreError> {
    let one = access_codes::table
        .filter(access_codes::organization_id.eq(owner))
        .filter(access_codes::id.eq(id))
        .filter(access_codes::used_at.is_null());
    let revoke = diesel::delete(one).returning(AccessCode::as_returning());
    Ok(revoke.get_result(&mut store.connection().await?).await?)
}
