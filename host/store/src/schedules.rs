//! Schedules: timers that agents set, until they come due and become turns.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::ids::{AgentId, ConversationId, OrganizationId, ScheduleId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Stretch, Time};
use crate::schema::schedules;
use crate::{Store, StoreError, hot};

#[derive(QueryableByName)]
struct Fired {
    #[diesel(sql_type = BigInt)]
    fired: i64,
}

/// Turns up to `limit` timers that are due into queued turns, each in one step with its removal. How many.
pub async fn fire(store: &Store, limit: i64) -> Result<u64, StoreError> {
    let mut connection = store.connection().await?;
    let row: Fired = hot::statement(include_str!("sql/fire.sql"))
        .bind::<BigInt, _>(limit)
        .get_result(&mut connection)
        .await?;
    Ok(u64::try_from(row.fired).unwrap_or(0))
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = Nullable<Double>)]
    seconds: Option<f64>,
}

/// How long it is until the next timer comes due, by the database's clock; zero when one is due.
pub async fn next(store: &Store) -> Result<Option<Duration>, StoreError> {
    let mut connection = store.connection().await?;
    let row: Next = hot::statement(
        "SELECT extract(epoch FROM min(due_at) - now())::double precision AS seconds FROM schedules",
    )
    .get_result(&mut connection)
    .await?;
    Ok(row
        .seconds
        .map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)))
}

/// A timer that is set.
#[derive(Debug, Clone, QueryableByName)]
pub struct Schedule {
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Timestamptz)]
    pub due_at: DateTime<Utc>,
}

/// The timers that an agent has set in a conversation, the next first.
pub async fn list(
    store: &Store,
    organization: OrganizationId,
    conversation: ConversationId,
    agent: AgentId,
) -> Result<Vec<Schedule>, StoreError> {
    let mut connection = store.connection().await?;
    Ok(hot::statement(
        "SELECT name, due_at FROM schedules
         WHERE organization_id = $1 AND conversation_id = $2 AND agent_id = $3
         ORDER BY due_at, name",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(conversation.uuid())
    .bind::<SqlUuid, _>(agent.uuid())
    .load(&mut connection)
    .await?)
}

/// One row, as its owner sees it.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = schedules, check_for_backend(diesel::pg::Pg))]
pub struct Timer {
    /// Its id.
    pub id: ScheduleId,
    /// Where it fires.
    pub conversation_id: ConversationId,
    /// Whose it is.
    pub agent_id: AgentId,
    /// What the agent calls it.
    pub name: String,
    /// When.
    pub due_at: Time,
    /// What the agent gets back.
    pub payload: Vec<u8>,
    /// Since when.
    pub created_at: Time,
}

const OF_AGENTS: Listing = listing!(Up, "schedules", "agent_id", "id");

/// The timers of each agent, oldest first.
pub async fn of_agents(
    store: &Store,
    owner: OrganizationId,
    agents: &[AgentId],
    stretch: &Stretch<ScheduleId>,
) -> Result<HashMap<AgentId, Listed<Timer>>, StoreError> {
    read!(store, OF_AGENTS, owner, agents, stretch, SqlUuid; |row: &Timer| row.agent_id, |row| row.id)
}

/// The timers with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[ScheduleId],
) -> Result<Vec<Timer>, StoreError> {
    let query = schedules::table
        .filter(schedules::organization_id.eq(owner))
        .filter(schedules::id.eq_any(ids))
        .select(Timer::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Takes a timer away. Whether it was still there: one that has come due is a turn already.
pub async fn cancel(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    id: ScheduleId,
) -> Result<bool, StoreError> {
    let timer = schedules::table
        .filter(schedules::organization_id.eq(owner))
        .filter(schedules::agent_id.eq(agent))
        .filter(schedules::id.eq(id));
    Ok(diesel::delete(timer)
        .execute(&mut store.connection().await?)
        .await?
        > 0)
}
