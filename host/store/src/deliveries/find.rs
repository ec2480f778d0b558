//! One delivery by its id.

use diesel::OptionalExtension;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;

use super::Delivery;
use crate::ids::{DeliveryId, OrganizationId};
use crate::{Store, StoreError, hot};

/// The one with this id.
pub async fn find(
    store: &Store,
    organization: OrganizationId,
    delivery: DeliveryId,
) -> Result<Option<Delivery>, StoreError> {
    let mut connection = store.connection().await?;
    let found = hot::statement(
        "SELECT id, sequence, channel_id, conversation_id, message_id, status, attempts, next_attempt_at,
             platform_status, error, platform_message_id, created_at, finished_at
         FROM deliveries
         WHERE organization_id = $1 AND id = $2",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(delivery.uuid())
    .get_result(&mut connection)
    .await;
    Ok(found.optional()?)
}
