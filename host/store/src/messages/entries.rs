//! Entries: what was said to an agent and by it, wherever it was.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use super::Direction;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, OrganizationId};
use crate::page::Time;
use crate::pool::Store;

/// A message with the channel that it was said on.
#[derive(Clone, Debug, QueryableByName)]
pub struct Entry {
    /// Which way.
    #[diesel(sql_type = Text)]
    pub direction: Direction,
    /// What was said.
    #[diesel(sql_type = Text)]
    pub text: String,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: Time,
    /// The platform of the channel.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// The channel's name.
    #[diesel(sql_type = Text)]
    pub channel: String,
}

/// From the conversations in which something was said last: the newest of each are read by its own order.
const OF_AGENT: &str = "
    WITH talks AS (
        SELECT v.organization_id, v.id, c.kind, c.name
        FROM channels c
        JOIN conversations v ON v.organization_id = c.organization_id AND v.channel_id = c.id
        WHERE c.organization_id = $1 AND c.primary_agent_id = $2 AND c.deleted_at IS NULL
        ORDER BY v.last_message_at DESC
        LIMIT 100
    )
    SELECT m.direction, m.text, m.created_at, t.kind, t.name AS channel
    FROM talks t
    CROSS JOIN LATERAL (
        SELECT direction, text, created_at, sequence
        FROM messages
        WHERE organization_id = t.organization_id AND conversation_id = t.id
        ORDER BY sequence DESC
        LIMIT $3
    ) m
    ORDER BY m.created_at DESC, m.sequence DESC
    LIMIT $3";

/// The newest messages of an agent's channels, oldest first.
pub async fn of_agent(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let statement = hot::statement(OF_AGENT)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(agent)
        .bind::<BigInt, _>(i64::from(limit));
    let mut entries: Vec<Entry> = statement.load(&mut store.connection().await?).await?;
    entries.reverse();
    Ok(entries)
}
