//! An agent's log is what its module said to its owner, and what the host has to say of it.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, Jsonb, Nullable, Text, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, LogLineId, OrganizationId, TurnId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Page, Stretch, Time};
use crate::pool::Store;
use crate::schema::agent_log;
use crate::text::{storable, storable_json};

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = agent_log, check_for_backend(diesel::pg::Pg))]
pub struct LogLine {
    /// Whose log.
    pub agent_id: AgentId,
    /// Its id, in the order of the log.
    pub id: LogLineId,
    /// The turn that wrote it.
    pub turn_id: Option<TurnId>,
    /// How grave it is.
    pub level: String,
    /// What it says.
    pub message: String,
    /// Named values beside the message: an object.
    pub fields: Option<Value>,
    /// When.
    pub created_at: Time,
}

/// A line to write. Its id is made in the order of writing.
#[derive(Clone, Debug)]
pub struct NewLogLine {
    /// The turn that writes it.
    pub turn_id: Option<TurnId>,
    /// How grave it is.
    pub level: String,
    /// What it says.
    pub message: String,
    /// Named values beside the message: an object.
    pub fields: Option<Value>,
}

const WRITE: &str = "
    INSERT INTO agent_log (organization_id, agent_id, id, turn_id, level, message, fields)
    SELECT $1, $2, * FROM unnest($3, $4, $5, $6, $7)";

/// Writes lines, in their order and in one statement.
pub async fn write(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    lines: Vec<NewLogLine>,
) -> Result<(), StoreError> {
    if lines.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = lines.iter().map(|_| LogLineId::new()).collect();
    let turns: Vec<_> = lines.iter().map(|line| line.turn_id).collect();
    let (mut levels, mut messages, mut fields) = (Vec::new(), Vec::new(), Vec::new());
    for line in lines {
        levels.push(line.level);
        messages.push(storable(line.message));
        fields.push(line.fields.map(storable_json));
    }
    let statement = hot::statement(WRITE)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(agent)
        .bind::<Array<Uuid>, _>(ids)
        .bind::<Array<Nullable<Uuid>>, _>(turns)
        .bind::<Array<Text>, _>(levels)
        .bind::<Array<Text>, _>(messages)
        .bind::<Array<Nullable<Jsonb>>, _>(fields);
    statement.execute(&mut store.connection().await?).await?;
    Ok(())
}

/// An agent's log, the newest line first.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    page: Page<LogLineId>,
) -> Result<Vec<LogLine>, StoreError> {
    let query = agent_log::table
        .filter(agent_log::organization_id.eq(owner))
        .filter(agent_log::agent_id.eq(agent))
        .filter(agent_log::id.lt(page.after.unwrap_or(uuid::Uuid::max().into())))
        .order(agent_log::id.desc())
        .limit(page.limit.into())
        .select(LogLine::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Onwards: what follows a line, oldest first, without the lines `known`. Ids are made before the lines are written: one
/// that is lower may become visible later, so that a reader starts a little before the last one that it knows.
pub async fn follow(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    after: LogLineId,
    limit: i64,
    known: &[LogLineId],
) -> Result<Vec<LogLine>, StoreError> {
    let query = agent_log::table
        .filter(agent_log::organization_id.eq(owner))
        .filter(agent_log::agent_id.eq(agent))
        .filter(agent_log::id.gt(after))
        .filter(agent_log::id.ne_all(known))
        .order(agent_log::id)
        .limit(limit)
        .select(LogLine::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

const OF_AGENTS: Listing = listing!(Down, "agent_log", "agent_id", "id");

/// The log of each agent, the newest line first.
pub async fn of_agents(
    store: &Store,
    owner: OrganizationId,
    agents: &[AgentId],
    stretch: &Stretch<LogLineId>,
) -> Result<HashMap<AgentId, Listed<LogLine>>, StoreError> {
    read!(store, OF_AGENTS, owner, agents, stretch, Uuid; |row: &LogLine| row.agent_id, |row| row.id)
}
