//! State: what agents remember, as the last committed turn left it. Turns change it only through their commit.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::ids::{AgentId, ConversationId, OrganizationId};
use crate::{Store, StoreError, hot};

/// Whose memory it is.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    pub organization_id: OrganizationId,
    pub agent_id: AgentId,
    /// `None` is the agent's own state, shared by its conversations.
    pub conversation_id: Option<ConversationId>,
}

impl Owner {
    fn conversation(&self) -> Uuid {
        self.conversation_id.map_or(Uuid::nil(), |id| id.uuid())
    }
}

/// A value, with the version of the agent's own state at the time of reading.
#[derive(Debug, Clone, QueryableByName)]
pub struct Value {
    #[diesel(sql_type = BigInt)]
    pub version: i64,
    #[diesel(sql_type = Nullable<Binary>)]
    pub value: Option<Vec<u8>>,
}

/// Reads a value.
pub async fn get(store: &Store, owner: Owner, key: &str) -> Result<Value, StoreError> {
    let mut connection = store.connection().await?;
    Ok(hot::statement(
        "SELECT a.state_version AS version, s.value
         FROM agents a
         LEFT JOIN state s ON s.organization_id = a.organization_id AND s.agent_id = a.id
             AND s.conversation_id = $3 AND s.key = $4
         WHERE a.organization_id = $1 AND a.id = $2",
    )
    .bind::<SqlUuid, _>(owner.organization_id.uuid())
    .bind::<SqlUuid, _>(owner.agent_id.uuid())
    .bind::<SqlUuid, _>(owner.conversation())
    .bind::<Text, _>(key)
    .get_result(&mut connection)
    .await?)
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Nullable<Text>)]
    key: Option<String>,
}

/// Reads up to `limit` keys that start with `prefix` and come after `after`, in the order of their bytes,
/// with the version of the agent's own state.
pub async fn keys(
    store: &Store,
    owner: Owner,
    prefix: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<(i64, Vec<String>), StoreError> {
    let mut connection = store.connection().await?;
    let rows: Vec<Key> = hot::statement(
        "SELECT a.state_version AS version, s.key
         FROM agents a
         LEFT JOIN LATERAL (
             SELECT key FROM state
             WHERE organization_id = a.organization_id AND agent_id = a.id AND conversation_id = $3
                 AND key >= $4 AND starts_with(key, $4) AND ($5 IS NULL OR key > $5)
             ORDER BY key
             LIMIT $6
         ) s ON true
         WHERE a.organization_id = $1 AND a.id = $2",
    )
    .bind::<SqlUuid, _>(owner.organization_id.uuid())
    .bind::<SqlUuid, _>(owner.agent_id.uuid())
    .bind::<SqlUuid, _>(owner.conversation())
    .bind::<Text, _>(prefix)
    .bind::<Nullable<Text>, _>(after)
    .bind::<BigInt, _>(limit)
    .load(&mut connection)
    .await?;
    let version = rows
        .as_slice()
        .first()
        .map(|row| row.version)
        .ok_or(StoreError::NotFound)?;
    Ok((
        version,
        rows.into_iter().filter_map(|row| row.key).collect(),
    ))
}
