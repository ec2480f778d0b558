//! The threads of sessions, and where sessions are, as they are looked at.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::ids::{ChatId, ConversationId, OrganizationId, ProjectId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::{chats, sessions};

/// A thread of a session.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = chats, check_for_backend(diesel::pg::Pg))]
pub struct Chat {
    /// Its id.
    pub id: ChatId,
    /// The session's conversation.
    pub conversation_id: ConversationId,
    /// The project that it is about.
    pub project_id: ProjectId,
    /// How it began.
    pub title: String,
    /// When.
    pub created_at: Time,
}

/// Where a session is.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
pub struct State {
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// The project that it is about.
    pub active_project_id: Option<ProjectId>,
    /// The thread that goes on; none where the next message begins one.
    pub active_chat_id: Option<ChatId>,
    /// Where in the project it is; empty at its root.
    pub current_path: String,
    /// When it was last changed.
    pub updated_at: Time,
}

/// A chat of a session.
pub async fn chat(
    store: &Store,
    owner: OrganizationId,
    session: ConversationId,
    id: ChatId,
) -> Result<Option<Chat>, StoreError> {
    let query = chats::table
        .find((owner, id))
        .filter(chats::conversation_id.eq(session))
        .select(Chat::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The chat of a session that was begun last in a project.
pub async fn last_chat(
    store: &Store,
    owner: OrganizationId,
    session: ConversationId,
    project: ProjectId,
) -> Result<Option<ChatId>, StoreError> {
    let query = chats::table
        .filter(chats::organization_id.eq(owner))
        .filter(chats::conversation_id.eq(session))
        .filter(chats::project_id.eq(project))
        .order(chats::id.desc())
        .select(chats::id);
    Ok(query
        .first(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those with these ids, in any order.
pub async fn find_chats(
    store: &Store,
    owner: OrganizationId,
    ids: &[ChatId],
) -> Result<Vec<Chat>, StoreError> {
    let query = chats::table
        .filter(chats::organization_id.eq(owner))
        .filter(chats::id.eq_any(ids))
        .select(Chat::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Where the sessions of these conversations are, as far as they are any.
pub async fn states(
    store: &Store,
    owner: OrganizationId,
    conversations: &[ConversationId],
) -> Result<Vec<State>, StoreError> {
    let query = sessions::table
        .filter(sessions::organization_id.eq(owner))
        .filter(sessions::conversation_id.eq_any(conversations))
        .select(State::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

const OF_SESSIONS: Listing = listing!(Down, "chats", "conversation_id", "id");

/// Those of each conversation, the newest first.
pub async fn of_sessions(
    store: &Store,
    owner: OrganizationId,
    conversations: &[ConversationId],
    stretch: &Stretch<ChatId>,
) -> Result<HashMap<ConversationId, Listed<Chat>>, StoreError> {
    read!(store, OF_SESSIONS, owner, conversations, stretch, SqlUuid; |row: &Chat| row.conversation_id, |row| row.id)
}
