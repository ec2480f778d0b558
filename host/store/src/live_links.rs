//! A live link signs one person in and opens one agent's live page: once, and before its end. Only the hash of its secret part
//! is stored.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use crate::digests::TokenHash;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, ConversationId, OrganizationId, UserId};
use crate::page::Time;
use crate::pool::Store;
use crate::schema::live_links;

/// One row.
#[derive(Clone, Copy, Debug, Queryable, Selectable)]
#[diesel(table_name = live_links, check_for_backend(diesel::pg::Pg))]
pub struct LiveLink {
    /// Whom it signs in.
    pub user_id: UserId,
    /// Whose page it opens.
    pub agent_id: AgentId,
    /// On which conversation, where that is said.
    pub conversation_id: Option<ConversationId>,
}

/// A row to insert.
#[derive(Clone, Copy, Debug, Insertable)]
#[diesel(table_name = live_links)]
pub struct NewLiveLink {
    /// Whose user.
    pub organization_id: OrganizationId,
    /// Of its secret part.
    pub hash: TokenHash,
    /// Whom it signs in.
    pub user_id: UserId,
    /// Whose page it opens.
    pub agent_id: AgentId,
    /// On which conversation, where that is said.
    pub conversation_id: Option<ConversationId>,
    /// Until when.
    pub expires_at: Time,
}

/// Adds a link.
pub async fn create(store: &Store, new: NewLiveLink) -> Result<(), StoreError> {
    diesel::insert_into(live_links::table)
        .values(new)
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}

/// Uses a link up. Of two who use it at once, one gets it.
pub async fn take(store: &Store, hash: TokenHash) -> Result<Option<LiveLink>, StoreError> {
    let link = live_links::table
        .filter(live_links::hash.eq(hash))
        .filter(live_links::expires_at.gt(now));
    let delete = diesel::delete(link).returning(LiveLink::as_returning());
    Ok(delete
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

const DELETE_EXPIRED: &str = "
    DELETE FROM live_links WHERE hash IN (
        SELECT hash FROM live_links WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
    )";

/// Removes links that no one has used in time, at most so many; says how many.
pub async fn delete_expired(store: &Store, limit: u32) -> Result<usize, StoreError> {
    let statement = hot::statement(DELETE_EXPIRED).bind::<BigInt, _>(i64::from(limit));
    Ok(statement.execute(&mut store.connection().await?).await?)
}
