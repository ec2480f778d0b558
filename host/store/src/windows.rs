//! Reply windows: on some platforms a chat may be answered only for a while after someone spoke in it, and only so often.
//! What cannot go out waits for the next time that someone speaks, which the same transaction tells that stores it.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{
    BigInt, Binary, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::deliveries::{Attempt, Outcome};
use crate::error::StoreError;
use crate::hot;
use crate::ids::{ChannelId, HostId, OrganizationId};
use crate::pool::Store;
use crate::schema::reply_windows;

/// A chat that may be answered anew.
#[derive(Debug, Clone)]
pub struct Opens {
    /// The chat.
    pub platform_chat_id: String,
    /// What the platform wants back with an answer: sealed.
    pub token: Vec<u8>,
    /// When someone spoke.
    pub at: DateTime<Utc>,
}

/// A delivery that cannot go out before someone speaks in its chat.
#[derive(Debug, Clone)]
pub struct Wait {
    /// Its channel.
    pub channel_id: ChannelId,
    /// Its chat.
    pub platform_chat_id: String,
    /// The opening of the chat's window that it was tried in; none where there was none.
    pub opening: Option<i64>,
}

/// How far a chat may be answered.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = reply_windows, check_for_backend(diesel::pg::Pg))]
pub struct Window {
    /// What the platform wants back with an answer: sealed. None where nobody has spoken yet.
    pub token: Option<Vec<u8>>,
    /// When someone spoke last.
    pub opened_at: DateTime<Utc>,
    /// Grows with each time.
    pub opening: i64,
    /// Messages that went out since.
    pub sent: i32,
    /// Whether the platform takes no more.
    pub is_closed: bool,
}

/// What was brought before, or comes late, opens nothing.
const OPEN: &str = "
    INSERT INTO reply_windows AS w (organization_id, channel_id, platform_chat_id, token, opened_at, opening)
    VALUES ($1, $2, $3, $4, $5, 1)
    ON CONFLICT (organization_id, channel_id, platform_chat_id) DO UPDATE
    SET token = excluded.token, opened_at = excluded.opened_at, opening = w.opening + 1, sent = 0, is_closed = false
    WHERE w.token IS NULL OR excluded.opened_at > w.opened_at";

/// What is being tried at this moment sees the new opening when its result is written.
const WAKE: &str = "
    UPDATE deliveries d SET next_attempt_at = now(), waits = false
    FROM conversations c
    WHERE c.organization_id = $1 AND c.channel_id = $2 AND c.platform_chat_id = $3
        AND d.organization_id = c.organization_id AND d.conversation_id = c.id
        AND d.status = 'pending' AND d.waits AND d.lease_host IS NULL";

/// Opens a chat's window anew. How many deliveries had waited for that.
pub(crate) async fn open_on(
    connection: &mut AsyncPgConnection,
    owner: OrganizationId,
    channel: ChannelId,
    opens: &Opens,
) -> Result<usize, StoreError> {
    let opened = hot::statement(OPEN)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<Text, _>(&opens.platform_chat_id)
        .bind::<Binary, _>(&opens.token)
        .bind::<Timestamptz, _>(opens.at)
        .execute(connection)
        .await?;
    if opened == 0 {
        return Ok(0);
    }
    let woken = hot::statement(WAKE)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<Text, _>(&opens.platform_chat_id);
    Ok(woken.execute(connection).await?)
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = BigInt)]
    opening: i64,
}

/// Closes the window that a delivery was tried in, and holds its row: whoever opens it meanwhile waits.
const CLOSE: &str = "
    INSERT INTO reply_windows AS w (organization_id, channel_id, platform_chat_id, opened_at, opening, is_closed)
    VALUES ($1, $2, $3, to_timestamp(0), 0, true)
    ON CONFLICT (organization_id, channel_id, platform_chat_id) DO UPDATE
    SET is_closed = w.is_closed OR w.opening = COALESCE($4, 0)
    RETURNING opening";

/// Looked at again after a month, in case that someone was missed.
const HOLD: &str = "
    UPDATE deliveries
    SET lease_host = NULL, attempts = 0, platform_status = $5, error = $6, parts_sent = $7, waits = NOT $8,
        next_attempt_at = CASE WHEN $8 THEN now() ELSE now() + interval '30 days' END
    WHERE organization_id = $1 AND id = $2 AND fence = $3 AND lease_host = $4 AND status = 'pending'";

/// Has a delivery wait until someone speaks in its chat; where someone has spoken since it was tried, it is due at once.
pub(crate) async fn hold_on(
    connection: &mut AsyncPgConnection,
    host: HostId,
    attempt: &Attempt,
) -> Result<(), StoreError> {
    let Outcome::Waits(wait) = &attempt.outcome else {
        return Ok(());
    };
    let locked: Locked = hot::statement(CLOSE)
        .bind::<SqlUuid, _>(attempt.organization_id)
        .bind::<SqlUuid, _>(wait.channel_id)
        .bind::<Text, _>(&wait.platform_chat_id)
        .bind::<Nullable<BigInt>, _>(wait.opening)
        .get_result(connection)
        .await?;
    let was_opened = locked.opening != wait.opening.unwrap_or(0);
    hot::statement(HOLD)
        .bind::<SqlUuid, _>(attempt.organization_id)
        .bind::<SqlUuid, _>(attempt.id)
        .bind::<BigInt, _>(attempt.fence)
        .bind::<SqlUuid, _>(host)
        .bind::<Nullable<Integer>, _>(attempt.platform_status)
        .bind::<Nullable<Text>, _>(&attempt.error)
        .bind::<Integer, _>(attempt.parts_sent)
        .bind::<Bool, _>(was_opened)
        .execute(connection)
        .await?;
    Ok(())
}

/// How far a chat may be answered; none where nobody has spoken in it.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    chat: &str,
) -> Result<Option<Window>, StoreError> {
    let query = reply_windows::table
        .find((owner, channel, chat))
        .select(Window::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Takes note of messages that went out, where nobody has spoken since.
pub async fn spent(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    chat: &str,
    opening: i64,
    sent: i32,
) -> Result<(), StoreError> {
    let window = reply_windows::table
        .find((owner, channel, chat))
        .filter(reply_windows::opening.eq(opening));
    diesel::update(window)
        .set(reply_windows::sent.eq(reply_windows::sent + sent))
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}

/// Forgets the windows of a channel: it speaks for someone else from now on.
pub(crate) async fn forget_on(
    connection: &mut AsyncPgConnection,
    owner: OrganizationId,
    channel: ChannelId,
) -> Result<(), StoreError> {
    diesel::delete(reply_windows::table)
        .filter(reply_windows::organization_id.eq(owner))
        .filter(reply_windows::channel_id.eq(channel))
        .execute(connection)
        .await?;
    Ok(())
}
