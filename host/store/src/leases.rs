//! A lease makes one host at a time do what only one may: read a channel, sweep a table. Its fence grows with every
//! change of hands, so that a write can tell that its writer has been replaced.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::hot;
use crate::ids::HostId;
use crate::pool::Store;

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = BigInt)]
    fence: i64,
}

/// Free is what has run out, what its host gave back, and what a host holds that is dead. One's own is taken anew: the
/// task that had it is not this one.
const ACQUIRE: &str = "
    INSERT INTO leases AS held (name, host, until) VALUES ($1, $2, now() + make_interval(secs => $3))
    ON CONFLICT (name) DO UPDATE SET host = excluded.host, until = excluded.until, fence = held.fence + 1
    WHERE held.until <= now() OR held.host = excluded.host
        OR NOT EXISTS (SELECT FROM hosts WHERE hosts.id = held.host AND hosts.alive_until > now())
    RETURNING fence";

const RENEW: &str = "
    UPDATE leases SET until = now() + make_interval(secs => $4)
    WHERE name = $1 AND host = $2 AND fence = $3 AND until > now()";

/// The row stays, for its fence.
const RELEASE: &str =
    "UPDATE leases SET until = '-infinity' WHERE name = $1 AND host = $2 AND fence = $3";

/// Takes a lease if it is free. Gives the fence that every write under it has to check.
pub async fn acquire(
    store: &Store,
    name: &str,
    host: HostId,
    term: Duration,
) -> Result<Option<i64>, StoreError> {
    let statement = hot::statement(ACQUIRE)
        .bind::<Text, _>(name)
        .bind::<Uuid, _>(host)
        .bind::<Double, _>(term.as_secs_f64());
    let taken: Option<Taken> = statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(taken.map(|taken| taken.fence))
}

/// Keeps a lease for another term. False says that it is lost: stop at once.
pub async fn renew(
    store: &Store,
    name: &str,
    host: HostId,
    fence: i64,
    term: Duration,
) -> Result<bool, StoreError> {
    let statement = hot::statement(RENEW)
        .bind::<Text, _>(name)
        .bind::<Uuid, _>(host)
        .bind::<BigInt, _>(fence)
        .bind::<Double, _>(term.as_secs_f64());
    Ok(statement.execute(&mut store.connection().await?).await? == 1)
}

/// Gives a lease back, if one still has it.
pub async fn release(
    store: &Store,
    name: &str,
    host: HostId,
    fence: i64,
) -> Result<(), StoreError> {
    let statement = hot::statement(RELEASE)
        .bind::<Text, _>(name)
        .bind::<Uuid, _>(host)
        .bind::<BigInt, _>(fence);
    statement.execute(&mut store.connection().await?).await?;
    Ok(())
}
