//! Turns that are over, as running them again takes them.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Binary, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::LoadedTurn;
use super::trace::Moment;
use crate::ids::{AgentId, OrganizationId, TurnId};
use crate::page::far;
use crate::{Store, StoreError, hot};

/// A turn that is over.
#[derive(Debug, QueryableByName)]
pub struct PastTurn {
    /// What it ran on, of contact, conversation and channel as they are now.
    #[diesel(embed)]
    pub turn: LoadedTurn,
    /// `done`, `failed` or `skipped`.
    #[diesel(sql_type = Text)]
    pub status: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub error_code: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub host_calls: Option<i32>,
    /// What its agent heard.
    #[diesel(sql_type = Nullable<Binary>)]
    pub recording: Option<Vec<u8>>,
    /// The texts that it said in its own conversation, in order.
    #[diesel(sql_type = Array<Text>)]
    pub texts: Vec<String>,
    /// What each has beside its text.
    #[diesel(sql_type = Array<Nullable<Jsonb>>)]
    pub contents: Vec<Option<serde_json::Value>>,
}

/// Those of these turns that are over, in any order.
pub async fn past_turns(
    store: &Store,
    organization: OrganizationId,
    turns: &[TurnId],
) -> Result<Vec<PastTurn>, StoreError> {
    let statement = hot::statement(include_str!("../sql/past_turns.sql"))
        .bind::<SqlUuid, _>(organization)
        .bind::<Array<SqlUuid>, _>(turns);
    Ok(statement.load(&mut store.connection().await?).await?)
}

/// Which turns of an agent.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    pub agent: AgentId,
    /// Queued then or later.
    pub time: DateTime<Utc>,
    /// Older than this one.
    pub before: Option<Moment>,
    pub limit: u32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: TurnId,
    #[diesel(sql_type = Timestamptz)]
    queued_at: DateTime<Utc>,
}

/// The turns of an agent that it has ended since a time, the newest first.
pub async fn since(
    store: &Store,
    organization: OrganizationId,
    wanted: Since,
) -> Result<Vec<Moment>, StoreError> {
    let before = wanted.before.unwrap_or(Moment {
        queued_at: far(),
        id: TurnId::from(Uuid::max()),
    });
    let statement = hot::statement(
        "SELECT id, queued_at FROM turns
         WHERE organization_id = $1 AND agent_id = $2 AND queued_at >= $3 AND (queued_at, id) < ($4, $5)
             AND status IN ('done', 'failed')
         ORDER BY queued_at DESC, id DESC
         LIMIT $6",
    );
    let rows: Vec<Row> = statement
        .bind::<SqlUuid, _>(organization)
        .bind::<SqlUuid, _>(wanted.agent)
        .bind::<Timestamptz, _>(wanted.time)
        .bind::<Timestamptz, _>(before.queued_at)
        .bind::<SqlUuid, _>(before.id)
        .bind::<BigInt, _>(i64::from(wanted.limit))
        .load(&mut store.connection().await?)
        .await?;
    let moment = |row: Row| Moment {
        queued_at: row.queued_at,
        id: row.id,
    };
    Ok(rows.into_iter().map(moment).collect())
}
