//! Deliveries as their owner sees them, and what the owner may do about one.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::ids::{ChannelId, DeliveryId, OrganizationId};
use crate::{Store, StoreError, hot};

/// One outbound message on its way.
#[derive(Debug, Clone, QueryableByName)]
pub struct Delivery {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The cursor of a list.
    #[diesel(sql_type = BigInt)]
    pub sequence: i64,
    #[diesel(sql_type = SqlUuid)]
    pub channel_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub conversation_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub message_id: Uuid,
    /// `pending`, `delivered`, `unknown`, `dead` or `discarded`.
    #[diesel(sql_type = Text)]
    pub status: String,
    #[diesel(sql_type = SmallInt)]
    pub attempts: i16,
    #[diesel(sql_type = Timestamptz)]
    pub next_attempt_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub platform_status: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    pub error: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub platform_message_id: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub finished_at: Option<DateTime<Utc>>,
}

/// Up to `limit` deliveries of a channel, the newest first: those before the cursor, of one status or of all.
pub async fn list(
    store: &Store,
    organization: OrganizationId,
    channel: ChannelId,
    status: Option<&str>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let mut connection = store.connection().await?;
    Ok(hot::statement(
        "SELECT id, sequence, channel_id, conversation_id, message_id, status, attempts, next_attempt_at,
             platform_status, error, platform_message_id, created_at, finished_at
         FROM deliveries
         WHERE organization_id = $1 AND channel_id = $2 AND ($3 IS NULL OR status = $3)
             AND ($4 IS NULL OR sequence < $4)
         ORDER BY sequence DESC
         LIMIT $5",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(channel.uuid())
    .bind::<Nullable<Text>, _>(status)
    .bind::<Nullable<BigInt>, _>(before)
    .bind::<BigInt, _>(limit)
    .load(&mut connection)
    .await?)
}

/// Makes a delivery due now, one that is over as well. Whether there is one that can be: it is not being tried at
/// this moment, and not delivered.
pub async fn retry(
    store: &Store,
    organization: OrganizationId,
    delivery: DeliveryId,
) -> Result<bool, StoreError> {
    let mut connection = store.connection().await?;
    let rows = hot::statement(
        "UPDATE deliveries
         SET status = 'pending', next_attempt_at = now(), attempts = 0, finished_at = NULL, waits = false
         WHERE organization_id = $1 AND id = $2 AND lease_host IS NULL AND status <> 'delivered'",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(delivery.uuid())
    .execute(&mut connection)
    .await?;
    Ok(rows > 0)
}

/// Gives a delivery up. Whether there is one that can be: it is not being tried at this moment, and not over.
pub async fn discard(
    store: &Store,
    organization: OrganizationId,
    delivery: DeliveryId,
) -> Result<bool, StoreError> {
    let mut connection = store.connection().await?;
    let rows = hot::statement(
        "UPDATE deliveries
         SET status = 'discarded', finished_at = now()
         WHERE organization_id = $1 AND id = $2 AND lease_host IS NULL AND status IN ('pending', 'unknown', 'dead')",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(delivery.uuid())
    .execute(&mut connection)
    .await?;
    Ok(rows > 0)
}
