//! Following the deliveries of a channel: those that are new, and those that were not over when they were last seen.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Delivery;
use crate::ids::{ChannelId, OrganizationId};
use crate::{Store, StoreError, hot};

const FOLLOW: &str = "
    (
        SELECT id, sequence, channel_id, conversation_id, message_id, status, attempts, next_attempt_at,
            platform_status, error, platform_message_id, created_at, finished_at
        FROM deliveries
        WHERE organization_id = $1 AND channel_id = $2 AND sequence > $3 AND NOT id = ANY ($5)
        ORDER BY sequence
        LIMIT $4
    )
    UNION ALL
    SELECT id, sequence, channel_id, conversation_id, message_id, status, attempts, next_attempt_at,
        platform_status, error, platform_message_id, created_at, finished_at
    FROM deliveries
    WHERE organization_id = $1 AND id = ANY ($6)
    ORDER BY sequence";

/// Deliveries of a channel after a cursor, at most `limit` and without those `known`, and those named.
pub async fn follow(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    after: i64,
    limit: i64,
    known: &[Uuid],
    named: &[Uuid],
) -> Result<Vec<Delivery>, StoreError> {
    let statement = hot::statement(FOLLOW)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(limit)
        .bind::<Array<SqlUuid>, _>(known)
        .bind::<Array<SqlUuid>, _>(named);
    Ok(statement.load(&mut store.connection().await?).await?)
}

#[derive(QueryableByName)]
struct Newest {
    #[diesel(sql_type = Nullable<BigInt>)]
    newest: Option<i64>,
}

/// The cursor of a channel's newest delivery.
pub async fn newest(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
) -> Result<i64, StoreError> {
    let statement = hot::statement(
        "SELECT max(sequence) AS newest FROM deliveries WHERE organization_id = $1 AND channel_id = $2",
    )
    .bind::<SqlUuid, _>(owner)
    .bind::<SqlUuid, _>(channel);
    let row: Newest = statement.get_result(&mut store.connection().await?).await?;
    Ok(row.newest.unwrap_or(0))
}
