//! A conversation is one chat of a contact or a group on a channel. The inbox makes them and the runner moves their
//! queue; here they are read, and what people decide about them is written.

mod hold;
mod project;

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Uuid;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::ids::{AgentId, ChannelId, ContactId, ConversationId, OrganizationId, ProjectId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Page, Stretch, Time};
use crate::pool::Store;
use crate::schema::{channels, conversations};

pub use self::hold::{HeldKind, Holder, hand_back, hold};
pub use self::project::{end, of_project, set_title};

/// One row, without the runner's columns.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = conversations, check_for_backend(diesel::pg::Pg))]
pub struct Conversation {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: ConversationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The platform's id of the chat.
    pub platform_chat_id: String,
    /// Who answers here, where it is not the channel's primary agent.
    pub agent_id: Option<AgentId>,
    /// The one person of a direct chat.
    pub contact_id: Option<ContactId>,
    /// Whether it is a group's.
    pub is_group: bool,
    /// What the platform calls it.
    pub title: Option<String>,
    /// The person or the team that answers in the agent's place.
    pub held_by: Option<uuid::Uuid>,
    /// Which of the two it is.
    pub held_kind: Option<HeldKind>,
    /// Since when.
    pub held_since: Option<Time>,
    /// Turns that were added, ever.
    pub enqueued: i64,
    /// Turns that are over.
    pub completed: i64,
    /// Since when.
    pub created_at: Time,
    /// When something was last said.
    pub last_message_at: Time,
    /// When the chat went on in another conversation, if it did.
    pub ended_at: Option<Time>,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = conversations)]
pub struct NewConversation {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: ConversationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The platform's id of the chat.
    pub platform_chat_id: String,
    /// The one person of a direct chat.
    pub contact_id: Option<ContactId>,
    /// Whether it is a group's.
    pub is_group: bool,
    /// What the platform calls it.
    pub title: Option<String>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(organization_id: OrganizationId) -> _ {
    conversations::table.filter(conversations::organization_id.eq(organization_id))
}

/// Opens a conversation before anyone has spoken in it. A chat that has one is a conflict of
/// `conversations_chat_key`.
pub async fn create(store: &Store, new: NewConversation) -> Result<Conversation, StoreError> {
    let insert = diesel::insert_into(conversations::table)
        .values(new)
        .returning(Conversation::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// The one with this id.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    id: ConversationId,
) -> Result<Option<Conversation>, StoreError> {
    let query = of(owner)
        .filter(conversations::id.eq(id))
        .select(Conversation::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The one of a platform's chat that goes on.
pub async fn find_by_chat(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    platform_chat_id: &str,
) -> Result<Option<Conversation>, StoreError> {
    let query = of(owner)
        .filter(conversations::channel_id.eq(channel))
        .filter(conversations::platform_chat_id.eq(platform_chat_id))
        .filter(conversations::ended_at.is_null())
        .select(Conversation::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those of an organization, or of one of its channels, the newest first.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    channel: Option<ChannelId>,
    page: Page<ConversationId>,
) -> Result<Vec<Conversation>, StoreError> {
    let mut query = of(owner)
        .order(conversations::id.desc())
        .limit(page.limit.into())
        .select(Conversation::as_select())
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(conversations::id.lt(after));
    }
    if let Some(channel) = channel {
        query = query.filter(conversations::channel_id.eq(channel));
    }
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Says who answers: an agent, or, with none, the channel's primary one.
pub async fn set_agent(
    store: &Store,
    owner: OrganizationId,
    id: ConversationId,
    agent: Option<AgentId>,
) -> Result<Conversation, StoreError> {
    let update = diesel::update(of(owner).filter(conversations::id.eq(id)))
        .set(conversations::agent_id.eq(agent));
    Ok(update
        .returning(Conversation::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

/// Holds back the notices of the turns that a conversation has now. Whether there are any that are not over.
pub async fn mute(
    store: &Store,
    owner: OrganizationId,
    id: ConversationId,
) -> Result<bool, StoreError> {
    let busy = of(owner)
        .filter(conversations::id.eq(id))
        .filter(conversations::enqueued.gt(conversations::completed));
    let update = diesel::update(busy).set(conversations::muted_up_to.eq(conversations::enqueued));
    Ok(update.execute(&mut store.connection().await?).await? > 0)
}

/// Whether the notices of a turn are held back.
pub async fn is_muted(
    store: &Store,
    owner: OrganizationId,
    id: ConversationId,
    position: i64,
) -> Result<bool, StoreError> {
    let muted = of(owner)
        .filter(conversations::id.eq(id))
        .filter(conversations::muted_up_to.ge(position))
        .select(conversations::id);
    let found: Option<ConversationId> = muted
        .first(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(found.is_some())
}

/// Those with these ids, in any order, each with the project of its channel.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[ConversationId],
) -> Result<Vec<(Conversation, ProjectId)>, StoreError> {
    let on_channel = channels::organization_id
        .eq(conversations::organization_id)
        .and(channels::id.eq(conversations::channel_id));
    let query = of(owner)
        .inner_join(channels::table.on(on_channel))
        .filter(conversations::id.eq_any(ids))
        .select((Conversation::as_select(), channels::project_id));
    Ok(query.load(&mut store.connection().await?).await?)
}

/// The project of each.
pub async fn projects_of(
    store: &Store,
    owner: OrganizationId,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, ProjectId>, StoreError> {
    let on_channel = channels::organization_id
        .eq(conversations::organization_id)
        .and(channels::id.eq(conversations::channel_id));
    let query = of(owner)
        .inner_join(channels::table.on(on_channel))
        .filter(conversations::id.eq_any(ids))
        .select((conversations::id, channels::project_id));
    let pairs: Vec<_> = query.load(&mut store.connection().await?).await?;
    Ok(pairs.into_iter().collect())
}

/// A chat of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Chat {
    /// The platform's id of it.
    pub platform_chat_id: String,
    /// Whether it is a group's.
    pub is_group: bool,
}

/// The chats of a channel in which something was said last, so many.
pub async fn recent(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    limit: u32,
) -> Result<Vec<Chat>, StoreError> {
    let query = conversations::table
        .filter(conversations::organization_id.eq(owner))
        .filter(conversations::channel_id.eq(channel))
        .filter(conversations::ended_at.is_null())
        .order(conversations::last_message_at.desc())
        .limit(limit.into())
        .select((conversations::platform_chat_id, conversations::is_group));
    Ok(query.load(&mut store.connection().await?).await?)
}

const OF_CHANNELS: Listing = listing!(Down, "conversations", "channel_id", "id");

/// Those of each channel, the newest first.
pub async fn of_channels(
    store: &Store,
    owner: OrganizationId,
    channels: &[ChannelId],
    stretch: &Stretch<ConversationId>,
) -> Result<HashMap<ChannelId, Listed<Conversation>>, StoreError> {
    read!(store, OF_CHANNELS, owner, channels, stretch, Uuid; |row: &Conversation| row.channel_id, |row| row.id)
}
