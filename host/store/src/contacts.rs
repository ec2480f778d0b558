//! A contact is a person as a channel sees them. The inbox writes them; here they are read and linked.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Uuid;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::ids::{ChannelId, ContactId, OrganizationId, UserId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Page, Stretch, Time};
use crate::pool::Store;
use crate::schema::contacts;

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = contacts, check_for_backend(diesel::pg::Pg))]
pub struct Contact {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The platform's id of the person; the key of a page.
    pub platform_user_id: String,
    /// Our id.
    pub id: ContactId,
    /// What the platform calls them.
    pub display_name: Option<String>,
    /// The user that they are, where that is known.
    pub user_id: Option<UserId>,
    /// Since when.
    pub created_at: Time,
    /// Since when they may talk where not everyone may.
    pub allowed_at: Option<Time>,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = contacts)]
pub struct NewContact {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The platform's id of the person.
    pub platform_user_id: String,
    /// Our id.
    pub id: ContactId,
    /// What the platform calls them.
    pub display_name: Option<String>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of_channel(organization_id: OrganizationId, channel_id: ChannelId) -> _ {
    contacts::table
        .filter(contacts::organization_id.eq(organization_id))
        .filter(contacts::channel_id.eq(channel_id))
}

/// Adds a contact outside the inbox. One who is there already is a conflict of `contacts_pkey`.
pub async fn create(store: &Store, new: NewContact) -> Result<Contact, StoreError> {
    let insert = diesel::insert_into(contacts::table)
        .values(new)
        .returning(Contact::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// The one with this id.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    id: ContactId,
) -> Result<Option<Contact>, StoreError> {
    let query = contacts::table
        .filter(contacts::organization_id.eq(owner))
        .filter(contacts::id.eq(id))
        .select(Contact::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those with these ids, in any order: for loaders.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[ContactId],
) -> Result<Vec<Contact>, StoreError> {
    let query = contacts::table
        .filter(contacts::organization_id.eq(owner))
        .filter(contacts::id.eq_any(ids))
        .select(Contact::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// The one whom the platform knows by this id.
pub async fn find_on_channel(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    platform_user_id: &str,
) -> Result<Option<Contact>, StoreError> {
    let query = of_channel(owner, channel)
        .filter(contacts::platform_user_id.eq(platform_user_id))
        .select(Contact::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those that a user is on a channel: more than one where several accounts of the platform are theirs.
pub async fn of_user(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    user: UserId,
) -> Result<Vec<Contact>, StoreError> {
    let query = of_channel(owner, channel)
        .filter(contacts::user_id.eq(user))
        .select(Contact::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Those of a channel, by the platform's id.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    page: Page<String>,
) -> Result<Vec<Contact>, StoreError> {
    let query = of_channel(owner, channel)
        .filter(contacts::platform_user_id.gt(page.after.unwrap_or_default()))
        .order(contacts::platform_user_id)
        .limit(page.limit.into())
        .select(Contact::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Says which user a contact is, or that it is none.
pub async fn link(
    store: &Store,
    owner: OrganizationId,
    id: ContactId,
    user: Option<UserId>,
) -> Result<Contact, StoreError> {
    let one = contacts::table
        .filter(contacts::organization_id.eq(owner))
        .filter(contacts::id.eq(id));
    let update = diesel::update(one)
        .set(contacts::user_id.eq(user))
        .returning(Contact::as_returning());
    Ok(update.get_result(&mut store.connection().await?).await?)
}

const OF_CHANNELS: Listing = listing!(Down, "contacts", "channel_id", "id");

const ALLOWED_OF_CHANNELS: Listing = listing!(
    Down,
    "contacts",
    "channel_id",
    "id",
    " AND t.allowed_at IS NOT NULL"
);

/// Those of each channel who were let in, the newest first.
pub async fn allowed_of_channels(
    store: &Store,
    owner: OrganizationId,
    channels: &[ChannelId],
    stretch: &Stretch<ContactId>,
) -> Result<HashMap<ChannelId, Listed<Contact>>, StoreError> {
    read!(store, ALLOWED_OF_CHANNELS, owner, channels, stretch, Uuid; |row: &Contact| row.channel_id, |row| row.id)
}

/// Those of each channel, the newest first.
pub async fn of_channels(
    store: &Store,
    owner: OrganizationId,
    channels: &[ChannelId],
    stretch: &Stretch<ContactId>,
) -> Result<HashMap<ChannelId, Listed<Contact>>, StoreError> {
    read!(store, OF_CHANNELS, owner, channels, stretch, Uuid; |row: &Contact| row.channel_id, |row| row.id)
}
