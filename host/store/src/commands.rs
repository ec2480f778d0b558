//! A command that came with an id runs once. The first to insert its row runs it; everyone else is told what it answered.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{ChannelId, HostId, OrganizationId};
use crate::pool::Store;

/// The event that a command is.
#[derive(Clone, Debug)]
pub struct Event {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// Its id on the channel.
    pub platform_event_id: String,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is the caller's to run.
    Mine,
    /// Someone else runs it.
    Running,
    /// It was run, and this is what it answered, sealed.
    Answered(Vec<u8>),
}

/// One that a dead host runs, or that has run for too long, is anyone's.
const CLAIM: &str = "
    WITH mine AS (
        INSERT INTO commands AS c (organization_id, channel_id, platform_event_id, host_id)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (organization_id, channel_id, platform_event_id) DO UPDATE
            SET host_id = EXCLUDED.host_id, started_at = now()
            WHERE c.answer IS NULL AND (
                c.started_at < now() - interval '2 minutes'
                OR c.host_id <> $4
                    AND NOT EXISTS (SELECT FROM hosts h WHERE h.id = c.host_id AND h.alive_until > now())
            )
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM mine) AS is_mine, (
        SELECT answer FROM commands WHERE organization_id = $1 AND channel_id = $2 AND platform_event_id = $3
    ) AS answer";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Bool)]
    is_mine: bool,
    #[diesel(sql_type = Nullable<Binary>)]
    answer: Option<Vec<u8>>,
}

/// Claims a command for a host.
pub async fn claim(store: &Store, event: &Event, host: HostId) -> Result<Claim, StoreError> {
    let statement = hot::statement(CLAIM)
        .bind::<SqlUuid, _>(event.organization_id)
        .bind::<SqlUuid, _>(event.channel_id)
        .bind::<Text, _>(&event.platform_event_id)
        .bind::<SqlUuid, _>(host);
    let row: Row = statement.get_result(&mut store.connection().await?).await?;
    Ok(match (row.is_mine, row.answer) {
        (true, _) => Claim::Mine,
        (false, Some(answer)) => Claim::Answered(answer),
        (false, None) => Claim::Running,
    })
}

/// Writes what a command answered, where its host still runs it.
pub async fn answer(
    store: &Store,
    event: &Event,
    host: HostId,
    answer: &[u8],
) -> Result<(), StoreError> {
    let statement = hot::statement(
        "UPDATE commands SET answer = $5
         WHERE organization_id = $1 AND channel_id = $2 AND platform_event_id = $3 AND host_id = $4 AND answer IS NULL",
    )
    .bind::<SqlUuid, _>(event.organization_id)
    .bind::<SqlUuid, _>(event.channel_id)
    .bind::<Text, _>(&event.platform_event_id)
    .bind::<SqlUuid, _>(host)
    .bind::<Binary, _>(answer);
    statement.execute(&mut store.connection().await?).await?;
    Ok(())
}

/// Forgets a command that did nothing: sent again, it is run again.
pub async fn forget(store: &Store, event: &Event, host: HostId) -> Result<(), StoreError> {
    let statement = hot::statement(
        "DELETE FROM commands
         WHERE organization_id = $1 AND channel_id = $2 AND platform_event_id = $3 AND host_id = $4 AND answer IS NULL",
    )
    .bind::<SqlUuid, _>(event.organization_id)
    .bind::<SqlUuid, _>(event.channel_id)
    .bind::<Text, _>(&event.platform_event_id)
    .bind::<SqlUuid, _>(host);
    statement.execute(&mut store.connection().await?).await?;
    Ok(())
}

/// Products send again for hours, or days at most.
const DELETE_OLD: &str = "
    DELETE FROM commands WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM commands WHERE started_at < now() - interval '7 days' LIMIT $1
    ))";

/// Removes the answers of commands that were run long ago, so many at most; says how many.
pub async fn delete_old(store: &Store, limit: u32) -> Result<usize, StoreError> {
    let statement = hot::statement(DELETE_OLD).bind::<BigInt, _>(i64::from(limit));
    Ok(statement.execute(&mut store.connection().await?).await?)
}
