//! A console is an agent's live page. People talk to the agents of a project from such pages on one channel of that project,
//! which no platform knows.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::ids::{ChannelId, ContactId, OrganizationId, ProjectId};
use crate::pool::Store;
use crate::schema::{channels, contacts};
use crate::users::User;

/// The kind of such channels.
pub const KIND: &str = "console";

/// The channel of a project, if someone has talked from a page.
pub async fn channel(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
) -> Result<Option<ChannelId>, StoreError> {
    let query = channels::table
        .filter(channels::organization_id.eq(owner))
        .filter(channels::project_id.eq(project))
        // As a literal, so that the index of such channels is used.
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "kind = 'console'",
        ))
        .filter(channels::deleted_at.is_null())
        .select(channels::id);
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The contact that a user is on such a channel, made where there is none.
pub async fn contact(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    user: &User,
) -> Result<ContactId, StoreError> {
    let insert = diesel::insert_into(contacts::table)
        .values((
            contacts::organization_id.eq(owner),
            contacts::channel_id.eq(channel),
            contacts::platform_user_id.eq(user.id.public()),
            contacts::id.eq(ContactId::new()),
            contacts::display_name.eq(Some(user.name.as_str())),
            contacts::user_id.eq(Some(user.id)),
        ))
        .on_conflict((
            contacts::organization_id,
            contacts::channel_id,
            contacts::platform_user_id,
        ))
        .do_update()
        .set((
            contacts::display_name.eq(Some(user.name.as_str())),
            contacts::user_id.eq(Some(user.id)),
        ))
        .returning(contacts::id);
    Ok(insert.get_result(&mut store.connection().await?).await?)
}
