//! Recordings: what agents heard during their turns. They are written by the statement that ends a turn
//! ([`crate::turns::commit`]), and read with the turn ([`crate::turns::past_turns`]).

use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::hot;
use crate::page::Time;
use crate::pool::Store;

/// Removes those from before a time, at most so many. How many there were.
pub async fn delete_before(store: &Store, time: Time, limit: u32) -> Result<usize, StoreError> {
    let statement = hot::statement(
        "DELETE FROM recordings WHERE (organization_id, turn_id) IN (
             SELECT organization_id, turn_id FROM recordings WHERE created_at < $1 LIMIT $2
         )",
    );
    let statement = statement
        .bind::<Timestamptz, _>(time)
        .bind::<BigInt, _>(i64::from(limit));
    Ok(statement.execute(&mut store.connection().await?).await?)
}
