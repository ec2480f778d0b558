//! A console is an agent's live page. People talk to the agents of a project from such pages on one channel of that project,
//! which no platform knows.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::groups::Place;
use crate::hot;
use crate::ids::{ChannelId, ContactId, ConversationId, OrganizationId, ProjectId};
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
        .filter(diesel::dsl::sql::<Bool>("kind = 'console'"))
        .filter(channels::deleted_at.is_null())
        .select(channels::id);
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Where a product tells who is in a group, that decides; else whoever has named someone or said anything there is in it.
const IS_IN_GROUP: &str = "
    SELECT EXISTS (
        SELECT FROM group_members
        WHERE organization_id = $1 AND channel_id = $2 AND platform_chat_id = $3 AND platform_user_id = $4
    ) OR (
        NOT EXISTS (
            SELECT FROM groups
            WHERE organization_id = $1 AND channel_id = $2 AND platform_chat_id = $3 AND members_digest IS NOT NULL
        )
        AND EXISTS (
            SELECT FROM messages WHERE organization_id = $1 AND conversation_id = $5 AND contact_id = $6
        )
    ) AS is_in";

#[derive(QueryableByName)]
struct IsIn {
    #[diesel(sql_type = Bool)]
    is_in: bool,
}

/// Whether a contact is in a group.
pub async fn is_in_group(
    store: &Store,
    place: &Place,
    conversation: ConversationId,
    contact: ContactId,
    platform_user_id: &str,
) -> Result<bool, StoreError> {
    let statement = hot::statement(IS_IN_GROUP)
        .bind::<Uuid, _>(place.organization_id)
        .bind::<Uuid, _>(place.channel_id)
        .bind::<Text, _>(&place.platform_chat_id)
        .bind::<Text, _>(platform_user_id)
        .bind::<Uuid, _>(conversation)
        .bind::<Uuid, _>(contact);
    let found: IsIn = statement.get_result(&mut store.connection().await?).await?;
    Ok(found.is_in)
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
