//! Conversations of a project, on all its channels; and what is written of those that people begin by themselves.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use diesel_async::RunQueryDsl;

use super::Conversation;
use crate::error::StoreError;
use crate::ids::{ConversationId, OrganizationId, ProjectId};
use crate::listing::along;
use crate::page::{Listed, Stretch};
use crate::pool::Store;
use crate::schema::{channels, conversations};

/// Those of a project that go on, the newest first.
pub async fn of_project(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    stretch: &Stretch<ConversationId>,
) -> Result<Listed<Conversation>, StoreError> {
    let on_channels = channels::table
        .filter(channels::organization_id.eq(owner))
        .filter(channels::project_id.eq(project))
        .select(channels::id);
    let query = conversations::table
        .filter(conversations::organization_id.eq(owner))
        .filter(conversations::channel_id.eq_any(on_channels))
        .filter(conversations::ended_at.is_null())
        .select(Conversation::as_select());
    along!(store, query, stretch, Down, conversations::id; |row: &Conversation| row.id)
}

/// Calls a conversation something else.
pub async fn set_title(
    store: &Store,
    owner: OrganizationId,
    id: ConversationId,
    title: Option<&str>,
) -> Result<Conversation, StoreError> {
    let row = conversations::table
        .filter(conversations::organization_id.eq(owner))
        .filter(conversations::id.eq(id));
    let update = diesel::update(row)
        .set(conversations::title.eq(title))
        .returning(Conversation::as_returning());
    Ok(update.get_result(&mut store.connection().await?).await?)
}

/// Ends a conversation: it is in no list any more, and what was said in it stays. Whether it went on.
pub async fn end(
    store: &Store,
    owner: OrganizationId,
    id: ConversationId,
) -> Result<bool, StoreError> {
    let row = conversations::table
        .filter(conversations::organization_id.eq(owner))
        .filter(conversations::id.eq(id))
        .filter(conversations::ended_at.is_null());
    let update = diesel::update(row)
        .set(conversations::ended_at.eq(now.into_sql::<Timestamptz>().nullable()));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}
