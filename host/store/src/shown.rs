//! What is shown of an answer while it is being written: the platform's message, whose place the answer takes.

use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, TurnId};
use crate::pool::Store;
use crate::schema::shown;

/// Takes note of the message that shows a turn's answer.
pub async fn keep(
    store: &Store,
    owner: OrganizationId,
    turn: TurnId,
    platform_message_id: &str,
) -> Result<(), StoreError> {
    keep_on(
        &mut *store.connection().await?,
        owner,
        turn,
        platform_message_id,
    )
    .await
}

/// The same in a transaction.
pub(crate) async fn keep_on(
    connection: &mut AsyncPgConnection,
    owner: OrganizationId,
    turn: TurnId,
    platform_message_id: &str,
) -> Result<(), StoreError> {
    diesel::insert_into(shown::table)
        .values((
            shown::organization_id.eq(owner),
            shown::turn_id.eq(turn),
            shown::platform_message_id.eq(platform_message_id),
        ))
        .on_conflict((shown::organization_id, shown::turn_id))
        .do_update()
        .set(shown::platform_message_id.eq(platform_message_id))
        .execute(connection)
        .await?;
    Ok(())
}

/// The message that shows a turn's answer already, from a try before.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    turn: TurnId,
) -> Result<Option<String>, StoreError> {
    let query = shown::table
        .find((owner, turn))
        .select(shown::platform_message_id);
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

const FORGET: &str = "
    DELETE FROM shown s USING unnest($1, $2) AS i (organization_id, turn_id)
    WHERE s.organization_id = i.organization_id AND s.turn_id = i.turn_id";

/// Takes note that answers have taken the place of what was shown of them.
pub(crate) async fn forget_on(
    connection: &mut AsyncPgConnection,
    turns: &[(OrganizationId, TurnId)],
) -> Result<(), StoreError> {
    let (owners, turns): (Vec<_>, Vec<_>) = turns
        .iter()
        .map(|(owner, turn)| (owner.uuid(), turn.uuid()))
        .unzip();
    hot::statement(FORGET)
        .bind::<Array<SqlUuid>, _>(owners)
        .bind::<Array<SqlUuid>, _>(turns)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes note that it is gone.
pub async fn forget(store: &Store, owner: OrganizationId, turn: TurnId) -> Result<(), StoreError> {
    diesel::delete(shown::table.find((owner, turn)))
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}
