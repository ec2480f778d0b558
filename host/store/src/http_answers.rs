//! What servers answered to requests that may have changed something there: a part of the journals of turns. A turn that is run again
//! finds it in the place of the request, and nothing is sent twice. It is written under the turn's lease.

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, TurnId};
use crate::journal::Leased;
use crate::page::Time;
use crate::pool::Store;

/// A request, and where in its turn it was made.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The place of the call of a tool whose module made it; none where the agent itself did.
    pub tool_call: Option<i32>,
    /// The place among all such requests of that module, or of the agent, from 0.
    pub call: i32,
    /// The digest of what was asked.
    pub request: Vec<u8>,
}

impl Asked {
    /// How it is written down who made it.
    fn maker(&self) -> i32 {
        self.tool_call.unwrap_or(-1)
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Binary)]
    answer: Vec<u8>,
}

/// What this very request was answered in its place. One at a time: all of a turn's may be more than a host has room for.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    turn: TurnId,
    asked: &Asked,
) -> Result<Option<Vec<u8>>, StoreError> {
    let statement = hot::statement(
        "SELECT answer FROM http_answers
         WHERE organization_id = $1 AND turn_id = $2 AND tool_call = $3 AND call = $4 AND request = $5",
    );
    let statement = statement
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(turn)
        .bind::<Integer, _>(asked.maker())
        .bind::<Integer, _>(asked.call)
        .bind::<Binary, _>(&asked.request);
    let mut connection = store.connection().await?;
    let found: Option<Found> = statement.get_result(&mut connection).await.optional()?;
    Ok(found.map(|found| found.answer))
}

// The conversation's row is shared for the reason that journal.rs gives.
const RECORD: &str = "
    WITH held AS MATERIALIZED (
        SELECT c.id FROM conversations c
        WHERE c.organization_id = $1 AND c.id = $2 AND c.lease_host = $3 AND c.fence = $4
        FOR SHARE
    ), begun AS (
        -- As in journal.rs, whoever runs the turn again does so on the same module.
        UPDATE turns t SET module_digest = $10
        FROM held
        WHERE t.organization_id = $1 AND t.id = $5 AND t.module_digest IS DISTINCT FROM $10
    )
    INSERT INTO http_answers (organization_id, turn_id, tool_call, call, request, answer)
    SELECT $1, $5, $6, $7, $8, $9 FROM held
    ON CONFLICT (organization_id, turn_id, tool_call, call) DO UPDATE SET request = excluded.request, answer = excluded.answer";

/// Writes down what was answered. False: the turn is another host's by now, and nothing was.
pub async fn record(
    store: &Store,
    turn: &Leased,
    asked: &Asked,
    answer: &[u8],
) -> Result<bool, StoreError> {
    let statement = hot::statement(RECORD)
        .bind::<SqlUuid, _>(turn.organization_id)
        .bind::<SqlUuid, _>(turn.conversation_id)
        .bind::<SqlUuid, _>(turn.host)
        .bind::<BigInt, _>(turn.fence)
        .bind::<SqlUuid, _>(turn.turn_id)
        .bind::<Integer, _>(asked.maker())
        .bind::<Integer, _>(asked.call)
        .bind::<Binary, _>(&asked.request)
        .bind::<Binary, _>(answer)
        .bind::<Nullable<Binary>, _>(turn.module);
    Ok(statement.execute(&mut store.connection().await?).await? > 0)
}

/// Removes answers from before a time, at most so many. How many there were.
pub async fn delete_before(store: &Store, time: Time, limit: u32) -> Result<usize, StoreError> {
    let statement = hot::statement(
        "DELETE FROM http_answers WHERE (organization_id, turn_id, tool_call, call) IN (
             SELECT organization_id, turn_id, tool_call, call FROM http_answers WHERE created_at < $1 LIMIT $2
         )",
    );
    let statement = statement
        .bind::<Timestamptz, _>(time)
        .bind::<BigInt, _>(i64::from(limit));
    Ok(statement.execute(&mut store.connection().await?).await?)
}
