//! Reading turns back: how one ended and what it said.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::ids::{OrganizationId, TurnId};
use crate::{Store, StoreError, hot};

/// How a turn stands.
#[derive(Debug, Clone, QueryableByName)]
pub struct TurnStatus {
    /// `queued`, `done`, `failed` or `skipped`.
    #[diesel(sql_type = Text)]
    pub status: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub error_code: Option<String>,
    /// Whether it waits for its agent, which does not run, to be started.
    #[diesel(sql_type = Bool)]
    pub waits_for_start: bool,
}

/// Reads how a turn stands.
pub async fn status(
    store: &Store,
    organization: OrganizationId,
    turn: TurnId,
) -> Result<Option<TurnStatus>, StoreError> {
    let mut connection = store.connection().await?;
    let rows: Vec<TurnStatus> = hot::statement(
        "SELECT t.status, t.error_code,
             -- One that a host has in hand ran before its agent was stopped, or that host is about to put it back.
             t.status = 'queued' AND COALESCE(a.status <> 'running', false)
                 AND NOT (c.lease_host IS NOT NULL AND t.position = c.completed + 1) AS waits_for_start
         FROM turns t
         JOIN conversations c ON c.organization_id = t.organization_id AND c.id = t.conversation_id
         LEFT JOIN agents a ON a.organization_id = t.organization_id AND a.id = t.agent_id AND a.deleted_at IS NULL
         WHERE t.organization_id = $1 AND t.id = $2",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(turn.uuid())
    .load(&mut connection)
    .await?;
    Ok(rows.into_iter().next())
}

/// A message that a turn said.
#[derive(Debug, Clone, QueryableByName)]
pub struct TurnReply {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub conversation_id: Uuid,
    #[diesel(sql_type = Text)]
    pub text: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub content: Option<serde_json::Value>,
}

/// What a turn said in its own conversation, in order.
pub async fn replies(
    store: &Store,
    organization: OrganizationId,
    turn: TurnId,
) -> Result<Vec<TurnReply>, StoreError> {
    let mut connection = store.connection().await?;
    Ok(hot::statement(
        "SELECT m.id, m.conversation_id, m.text, m.content
         FROM messages m
         JOIN turns t ON t.organization_id = m.organization_id AND t.id = m.turn_id
         WHERE m.organization_id = $1 AND m.turn_id = $2 AND m.direction = 'outbound'
             AND m.conversation_id = t.conversation_id
         ORDER BY m.sequence",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(turn.uuid())
    .load(&mut connection)
    .await?)
}
