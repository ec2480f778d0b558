//! A host is a process that serves the database. Conversations that it has leased are its own while it is alive, which
//! it says again and again; when it stops saying so, others take them.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Double, Uuid};
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{HostId, InstanceId};
use crate::page::Time;
use crate::pool::Store;
use crate::schema::hosts;

/// One row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Host {
    /// Its id.
    pub id: HostId,
    /// The data directory that it holds.
    pub instance: InstanceId,
    /// Since when.
    pub started_at: Time,
    /// Until when it is taken to be alive.
    pub alive_until: Time,
}

/// The data directory is held by one process at a time, so whichever host held it before is over, however it ended, and
/// its leases with it. The rows of hosts that are long dead go as well.
const REGISTER: &str = "
    WITH ended AS (
        DELETE FROM hosts WHERE id <> $1 AND (instance = $2 OR alive_until < now() - interval '1 day')
    )
    INSERT INTO hosts (id, instance, alive_until) VALUES ($1, $2, now() + make_interval(secs => $3))
    ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until";

const HEARTBEAT: &str =
    "UPDATE hosts SET alive_until = now() + make_interval(secs => $2) WHERE id = $1";

/// Says that a host has started on this data directory, and ends the one before it. Saying so twice does no harm.
pub async fn register(
    store: &Store,
    id: HostId,
    instance: InstanceId,
    alive: Duration,
) -> Result<(), StoreError> {
    let statement = hot::statement(REGISTER)
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(instance)
        .bind::<Double, _>(alive.as_secs_f64());
    statement.execute(&mut store.connection().await?).await?;
    Ok(())
}

/// Says that a host is alive for this much longer. False says that it was ended: another has its data directory.
pub async fn heartbeat(store: &Store, id: HostId, alive: Duration) -> Result<bool, StoreError> {
    let statement = hot::statement(HEARTBEAT)
        .bind::<Uuid, _>(id)
        .bind::<Double, _>(alive.as_secs_f64());
    Ok(statement.execute(&mut store.connection().await?).await? == 1)
}

/// Ends a host that stops: what it has leased is free at once.
pub async fn remove(store: &Store, id: HostId) -> Result<(), StoreError> {
    diesel::delete(hosts::table.find(id))
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}

/// Whether a host is taken to be alive.
pub async fn is_alive(store: &Store, id: HostId) -> Result<bool, StoreError> {
    let alive = hosts::table
        .find(id)
        .filter(hosts::alive_until.gt(diesel::dsl::now));
    Ok(diesel::select(diesel::dsl::exists(alive))
        .get_result(&mut store.connection().await?)
        .await?)
}

/// Those that are alive, oldest first.
pub async fn list(store: &Store) -> Result<Vec<Host>, StoreError> {
    let query = hosts::table
        .filter(hosts::alive_until.gt(diesel::dsl::now))
        .order(hosts::id)
        .select(Host::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}
