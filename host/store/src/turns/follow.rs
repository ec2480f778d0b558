//! Following turns: those that are new, and those that were not over when they were last seen.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::TurnTrace;
use crate::ids::{AgentId, ConversationId, OrganizationId, TurnId};
use crate::schema::turns;
use crate::{Store, StoreError, hot};

/// Turns that are not over, of a conversation or an agent, are listed up to here.
pub const OPEN: i64 = 1_000;

const OF_CONVERSATION: &str = "
    (
        SELECT * FROM turns
        WHERE organization_id = $1 AND conversation_id = $2 AND position > $3
        ORDER BY position
        LIMIT $4
    )
    UNION ALL
    SELECT * FROM turns WHERE organization_id = $1 AND id = ANY ($5)
    ORDER BY position";

/// Turns of a conversation after a place in it, at most `limit`, and those named.
pub async fn of_conversation(
    store: &Store,
    owner: OrganizationId,
    conversation: ConversationId,
    after: i64,
    limit: i64,
    named: &[TurnId],
) -> Result<Vec<TurnTrace>, StoreError> {
    let statement = hot::statement(OF_CONVERSATION)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(conversation)
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(limit)
        .bind::<Array<SqlUuid>, _>(named);
    Ok(statement.load(&mut store.connection().await?).await?)
}

const OF_AGENT: &str = "
    (
        SELECT * FROM turns
        WHERE organization_id = $1 AND agent_id = $2 AND queued_at > $3 AND NOT id = ANY ($5)
        ORDER BY queued_at
        LIMIT $4
    )
    UNION ALL
    SELECT * FROM turns WHERE organization_id = $1 AND id = ANY ($6)
    ORDER BY queued_at";

/// Turns of an agent that were queued after a time, at most `limit` and without those `known`, and those named.
pub async fn of_agent(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    after: DateTime<Utc>,
    limit: i64,
    known: &[TurnId],
    named: &[TurnId],
) -> Result<Vec<TurnTrace>, StoreError> {
    let statement = hot::statement(OF_AGENT)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(agent)
        .bind::<Timestamptz, _>(after)
        .bind::<BigInt, _>(limit)
        .bind::<Array<SqlUuid>, _>(known)
        .bind::<Array<SqlUuid>, _>(named);
    Ok(statement.load(&mut store.connection().await?).await?)
}

/// The turns of a conversation that are not over, and the place of its newest.
pub async fn open_of_conversation(
    store: &Store,
    owner: OrganizationId,
    conversation: ConversationId,
) -> Result<(Vec<TurnTrace>, i64), StoreError> {
    let all = turns::table
        .filter(turns::organization_id.eq(owner))
        .filter(turns::conversation_id.eq(conversation));
    let mut connection = store.connection().await?;
    // The place first: a turn that is added in between is new, and not missed.
    let newest: Option<i64> = all
        .select(diesel::dsl::max(turns::position))
        .get_result(&mut connection)
        .await?;
    let newest = newest.unwrap_or(0);
    let open = all
        .filter(turns::status.eq("queued"))
        .filter(turns::position.le(newest))
        .order(turns::position)
        .limit(OPEN)
        .select(TurnTrace::as_select());
    Ok((open.load(&mut connection).await?, newest))
}

/// The turns of an agent that are not over, and when its newest was queued.
pub async fn open_of_agent(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
) -> Result<(Vec<TurnTrace>, Option<DateTime<Utc>>), StoreError> {
    let all = turns::table
        .filter(turns::organization_id.eq(owner))
        .filter(turns::agent_id.eq(agent));
    let mut connection = store.connection().await?;
    let newest: Option<DateTime<Utc>> = all
        .select(diesel::dsl::max(turns::queued_at))
        .get_result(&mut connection)
        .await?;
    let open = all
        .filter(turns::status.eq("queued"))
        .order(turns::queued_at)
        .limit(OPEN)
        .select(TurnTrace::as_select());
    Ok((open.load(&mut connection).await?, newest))
}
