//! Taking turns: a host holds a conversation while it runs the turn at its head.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::digests::ModuleDigest;
use crate::ids::{AgentId, ConversationId, HostId, OrganizationId};
use crate::{Store, StoreError, hot};

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    conversation_id: Uuid,
}

/// Takes up to `limit` conversations that have a turn to run and that no living host holds, the longest waiting first,
/// leaving out the turns of the agents `except`.
pub async fn claim(
    store: &Store,
    host: HostId,
    limit: i64,
    except: &[AgentId],
) -> Result<Vec<(OrganizationId, ConversationId)>, StoreError> {
    let mut connection = store.connection().await?;
    let rows: Vec<Claimed> = hot::statement(include_str!("../sql/claim.sql"))
        .bind::<SqlUuid, _>(host.uuid())
        .bind::<BigInt, _>(limit)
        .bind::<Array<SqlUuid>, _>(except.iter().map(|id| id.uuid()).collect::<Vec<_>>())
        .load(&mut connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.organization_id.into(), row.conversation_id.into()))
        .collect())
}

/// A turn at the head of a conversation that the caller's host holds, with all that a run of it needs.
#[derive(Debug, Clone, QueryableByName)]
pub struct LoadedTurn {
    #[diesel(sql_type = SqlUuid)]
    pub organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub conversation_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub channel_id: Uuid,
    #[diesel(sql_type = Text)]
    pub channel_kind: String,
    #[diesel(sql_type = Bool)]
    pub is_group: bool,
    #[diesel(sql_type = Nullable<Text>)]
    pub title: Option<String>,
    #[diesel(sql_type = BigInt)]
    pub fence: i64,
    #[diesel(sql_type = BigInt)]
    pub position: i64,
    #[diesel(sql_type = SqlUuid)]
    pub turn_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub agent_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub agent_version: Option<i64>,
    /// How often it was tried before.
    #[diesel(sql_type = SmallInt)]
    pub attempts: i16,
    #[diesel(sql_type = Timestamptz)]
    pub queued_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub message_id: Option<Uuid>,
    /// What started it where no message did.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub event: Option<serde_json::Value>,
    #[diesel(sql_type = Nullable<Text>)]
    pub text: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub content: Option<serde_json::Value>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub sent_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub contact_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub platform_user_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub display_name: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub user_id: Option<Uuid>,
    /// The thread of a session that its message is in.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub chat_id: Option<Uuid>,
    /// The module that ran it, or that it was begun on when it was tried before.
    #[diesel(sql_type = Nullable<Binary>)]
    pub module_digest: Option<Vec<u8>>,
    /// Whether something was paid for when it was run before.
    #[diesel(sql_type = Bool)]
    pub is_journaled: bool,
}

/// Loads the head turns of conversations that `host` holds.
pub async fn load(
    store: &Store,
    host: HostId,
    conversations: &[(OrganizationId, ConversationId)],
) -> Result<Vec<LoadedTurn>, StoreError> {
    let mut connection = store.connection().await?;
    Ok(hot::statement(include_str!("../sql/load.sql"))
        .bind::<SqlUuid, _>(host.uuid())
        .bind::<Array<SqlUuid>, _>(
            conversations
                .iter()
                .map(|(id, _)| id.uuid())
                .collect::<Vec<_>>(),
        )
        .bind::<Array<SqlUuid>, _>(
            conversations
                .iter()
                .map(|(_, id)| id.uuid())
                .collect::<Vec<_>>(),
        )
        .load(&mut connection)
        .await?)
}

/// Gives a turn back to the queue, not to be run before `ready_at` (`None`: until [`wake_agent`]). `counted` says
/// whether this was a try: then it goes on with the module that it was `begun` on. Whether the host still held it.
pub async fn put_back(
    store: &Store,
    host: HostId,
    (organization, conversation): (OrganizationId, ConversationId),
    fence: i64,
    ready_at: Option<DateTime<Utc>>,
    counted: bool,
    begun: Option<ModuleDigest>,
) -> Result<bool, StoreError> {
    let mut connection = store.connection().await?;
    let rows = hot::statement(
        "WITH released AS (
             UPDATE conversations SET lease_host = NULL
             WHERE organization_id = $2 AND id = $3 AND lease_host = $1 AND fence = $4
             RETURNING organization_id, id, completed
         )
         UPDATE turns t
         SET ready_at = COALESCE($5, 'infinity'), attempts = t.attempts + CASE WHEN $6 THEN 1 ELSE 0 END,
             module_digest = CASE WHEN $6 THEN $7 ELSE t.module_digest END
         FROM released r
         WHERE t.organization_id = r.organization_id AND t.conversation_id = r.id AND t.position = r.completed + 1",
    )
    .bind::<SqlUuid, _>(host.uuid())
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(conversation.uuid())
    .bind::<BigInt, _>(fence)
    .bind::<Nullable<Timestamptz>, _>(ready_at)
    .bind::<Bool, _>(counted)
    .bind::<Nullable<Binary>, _>(begun)
    .execute(&mut connection)
    .await?;
    Ok(rows > 0)
}

/// A conversation that a host holds, as it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, QueryableByName)]
pub struct Hold {
    /// Whose it is.
    #[diesel(sql_type = SqlUuid)]
    pub organization_id: OrganizationId,
    /// The conversation.
    #[diesel(sql_type = SqlUuid)]
    pub conversation_id: ConversationId,
    /// The fence of the lease.
    #[diesel(sql_type = BigInt)]
    pub fence: i64,
    /// The place of the turn that is to run.
    #[diesel(sql_type = BigInt)]
    pub position: i64,
}

/// The conversations that a host holds for the sake of a turn.
pub async fn holds(store: &Store, host: HostId) -> Result<Vec<Hold>, StoreError> {
    let mut connection = store.connection().await?;
    Ok(hot::statement(
        "SELECT c.organization_id, c.id AS conversation_id, c.fence, t.position
         FROM turns t
         JOIN conversations c ON c.organization_id = t.organization_id AND c.id = t.conversation_id
         WHERE t.status = 'queued' AND t.position = c.completed + 1 AND c.lease_host = $1",
    )
    .bind::<SqlUuid, _>(host.uuid())
    .load(&mut connection)
    .await?)
}

/// Ends these leases, as far as they are what they were: anyone may take the conversations. How many there were.
pub async fn release(store: &Store, host: HostId, holds: &[Hold]) -> Result<u64, StoreError> {
    let mut connection = store.connection().await?;
    let rows = hot::statement(
        "UPDATE conversations c SET lease_host = NULL
         FROM unnest($2, $3, $4, $5) AS i (organization_id, id, fence, position)
         WHERE c.organization_id = i.organization_id AND c.id = i.id AND c.fence = i.fence
            AND c.completed + 1 = i.position AND c.lease_host = $1",
    )
    .bind::<SqlUuid, _>(host.uuid())
    .bind::<Array<SqlUuid>, _>(column(holds, |hold| hold.organization_id.uuid()))
    .bind::<Array<SqlUuid>, _>(column(holds, |hold| hold.conversation_id.uuid()))
    .bind::<Array<BigInt>, _>(column(holds, |hold| hold.fence))
    .bind::<Array<BigInt>, _>(column(holds, |hold| hold.position))
    .execute(&mut connection)
    .await?;
    Ok(u64::try_from(rows).unwrap_or(u64::MAX))
}

fn column<T>(holds: &[Hold], of: impl Fn(&Hold) -> T) -> Vec<T> {
    holds.iter().map(of).collect()
}

/// Ends every lease of a host that stops.
pub async fn release_all(store: &Store, host: HostId) -> Result<(), StoreError> {
    let mut connection = store.connection().await?;
    hot::statement(
        "WITH conversation AS (UPDATE conversations SET lease_host = NULL WHERE lease_host = $1)
         UPDATE deliveries SET lease_host = NULL WHERE lease_host = $1 AND status = 'pending'",
    )
    .bind::<SqlUuid, _>(host.uuid())
    .execute(&mut connection)
    .await?;
    Ok(())
}

/// Makes the turns runnable that waited for their agent to be started. How many there were.
pub async fn wake_agent(
    store: &Store,
    organization: OrganizationId,
    agent: AgentId,
) -> Result<usize, StoreError> {
    let mut connection = store.connection().await?;
    Ok(hot::statement(
        "UPDATE turns SET ready_at = queued_at
         WHERE organization_id = $1 AND agent_id = $2 AND status = 'queued' AND ready_at = 'infinity'",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(agent.uuid())
    .execute(&mut connection)
    .await?)
}
