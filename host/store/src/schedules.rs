//! Schedules: timers that agents set, until they come due and become turns.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Double, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
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

/// A slot of a timer that repeats, which has come.
#[derive(Debug, Clone, QueryableByName)]
pub struct Slot {
    #[diesel(sql_type = SqlUuid)]
    pub organization_id: OrganizationId,
    #[diesel(sql_type = SqlUuid)]
    pub conversation_id: ConversationId,
    #[diesel(sql_type = SqlUuid)]
    pub agent_id: AgentId,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Timestamptz)]
    pub due_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    pub cron: String,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    /// Whether there is an agent that works, which a slot is for: one that is stopped lets it pass.
    #[diesel(sql_type = Bool)]
    pub is_wanted: bool,
    /// Whether there is no agent any more, or no conversation: then none comes after it.
    #[diesel(sql_type = Bool)]
    pub is_over: bool,
}

/// Up to `limit` slots that have come, and the database's time.
pub async fn slots(store: &Store, limit: i64) -> Result<Vec<Slot>, StoreError> {
    let mut connection = store.connection().await?;
    Ok(hot::statement(
        "SELECT s.organization_id, s.conversation_id, s.agent_id, s.name, s.due_at, s.cron, s.time_zone,
             a.status IS DISTINCT FROM 'stopped' AS is_wanted,
             a.deleted_at IS NOT NULL OR a.id IS NULL OR c.ended_at IS NOT NULL OR c.id IS NULL
                 OR h.deleted_at IS NOT NULL AS is_over
         FROM schedules s
         LEFT JOIN agents a ON a.organization_id = s.organization_id AND a.id = s.agent_id
         LEFT JOIN conversations c ON c.organization_id = s.organization_id AND c.id = s.conversation_id
         LEFT JOIN channels h ON h.organization_id = c.organization_id AND h.id = c.channel_id
         WHERE s.due_at <= now() AND s.cron IS NOT NULL
         ORDER BY s.due_at
         LIMIT $1",
    )
    .bind::<BigInt, _>(limit)
    .load(&mut connection)
    .await?)
}

/// Turns timers that are due into queued turns: up to `limit` of those that come once, each in one step with its removal, and
/// these slots, each in one step with its timer's move to the next one, or with its removal where there is none. How many.
pub async fn fire(
    store: &Store,
    limit: i64,
    slots: &[(Slot, Option<DateTime<Utc>>)],
) -> Result<u64, StoreError> {
    let mut connection = store.connection().await?;
    let of = |(slot, _): &(Slot, _)| (slot.organization_id.uuid(), slot.conversation_id.uuid());
    let row: Fired = hot::statement(include_str!("sql/fire.sql"))
        .bind::<BigInt, _>(limit)
        .bind::<Array<SqlUuid>, _>(slots.iter().map(|slot| of(slot).0).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(slots.iter().map(|slot| of(slot).1).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(
            slots
                .iter()
                .map(|(slot, _)| slot.agent_id.uuid())
                .collect::<Vec<_>>(),
        )
        .bind::<Array<Text>, _>(
            slots
                .iter()
                .map(|(slot, _)| slot.name.as_str())
                .collect::<Vec<_>>(),
        )
        .bind::<Array<Timestamptz>, _>(
            slots
                .iter()
                .map(|(slot, _)| slot.due_at)
                .collect::<Vec<_>>(),
        )
        .bind::<Array<Nullable<Timestamptz>>, _>(
            slots.iter().map(|(_, next)| *next).collect::<Vec<_>>(),
        )
        .bind::<Array<Bool>, _>(
            slots
                .iter()
                .map(|(slot, _)| slot.is_wanted && !slot.is_over)
                .collect::<Vec<_>>(),
        )
        .get_result(&mut connection)
        .await?;
    Ok(u64::try_from(row.fired).unwrap_or(0))
}

#[derive(QueryableByName)]
struct NextRow {
    #[diesel(sql_type = Nullable<Double>)]
    seconds: Option<f64>,
    #[diesel(sql_type = Bool)]
    repeats: bool,
}

/// What comes next.
#[derive(Debug, Clone, Copy)]
pub struct Next {
    /// How long it is until then; zero when it is due.
    pub after: Duration,
    /// Whether a slot of a timer that repeats is among what is due.
    pub repeats: bool,
}

/// When the next timer comes due, by the database's clock.
pub async fn next(store: &Store) -> Result<Option<Next>, StoreError> {
    let mut connection = store.connection().await?;
    let row: NextRow = hot::statement(
        "SELECT extract(epoch FROM min(due_at) - now())::double precision AS seconds,
             EXISTS (SELECT FROM schedules WHERE due_at <= now() AND cron IS NOT NULL) AS repeats
         FROM schedules",
    )
    .get_result(&mut connection)
    .await?;
    Ok(row.seconds.map(|seconds| Next {
        after: Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO),
        repeats: row.repeats,
    }))
}

/// A timer that is set.
#[derive(Debug, Clone, QueryableByName)]
pub struct Schedule {
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Timestamptz)]
    pub due_at: DateTime<Utc>,
    /// What it goes by where it repeats.
    #[diesel(sql_type = Nullable<Text>)]
    pub cron: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub time_zone: Option<String>,
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
        "SELECT name, due_at, cron, time_zone FROM schedules
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
    /// The cron expression that it goes by, where it repeats.
    pub cron: Option<String>,
    /// The time zone of its clock, where it repeats.
    pub time_zone: Option<String>,
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
