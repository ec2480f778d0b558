//! Access: who may talk on a channel that is not open to anyone. A contact is let in by a code that works once, or by the
//! channel's owner.

mod codes;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Double, Integer, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

pub use self::codes::{AccessCode, codes_of_channels, find_code, find_codes, revoke_code};
pub use crate::digests::TokenHash;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AccessCodeId, ChannelId, ContactId, OrganizationId, UserId};
use crate::page::{Page, Time};
use crate::pool::Store;
use crate::schema::{access_codes, contacts};

/// A code to keep.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = access_codes)]
pub struct NewAccessCode {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel that it opens.
    pub channel_id: ChannelId,
    /// Its id.
    pub id: AccessCodeId,
    /// Of its text.
    pub hash: TokenHash,
    /// Who made it.
    pub created_by: UserId,
    /// Since when.
    pub created_at: Time,
    /// Until when it works.
    pub expires_at: Time,
}

/// How often wrong codes may be tried.
#[derive(Clone, Copy, Debug)]
pub struct Attempts {
    /// By one contact.
    pub by_contact: i32,
    /// By all of a channel together.
    pub by_channel: i32,
    /// In this many seconds.
    pub seconds: f64,
}

/// What came of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// The contact is let in.
    Granted,
    /// There is no such code, or no longer.
    Wrong,
    /// Too many wrong ones: this one was not looked at.
    Limited,
}

/// Codes that are on hold on one channel at most; the oldest give way.
const CODES: i64 = 100;

/// Keeps a code. Those that are past go, and so do the oldest where there are too many.
pub async fn create_code(store: &Store, new: NewAccessCode) -> Result<AccessCode, StoreError> {
    let (owner, channel) = (new.organization_id, new.channel_id);
    let mut connection = store.connection().await?;
    hot::statement(
        "DELETE FROM access_codes a
         WHERE a.organization_id = $1 AND a.channel_id = $2 AND (
             a.expires_at < now() OR a.used_at IS NOT NULL OR a.hash IN (
                 SELECT b.hash FROM access_codes b
                 WHERE b.organization_id = $1 AND b.channel_id = $2
                 ORDER BY b.created_at DESC
                 OFFSET $3
             )
         )",
    )
    .bind::<SqlUuid, _>(owner)
    .bind::<SqlUuid, _>(channel)
    .bind::<BigInt, _>(CODES - 1)
    .execute(&mut connection)
    .await?;
    let insert = diesel::insert_into(access_codes::table)
        .values(new)
        .returning(AccessCode::as_returning());
    Ok(insert.get_result(&mut connection).await?)
}

/// Codes of a channel that work.
pub async fn count_codes(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
) -> Result<i64, StoreError> {
    let query = access_codes::table
        .filter(access_codes::organization_id.eq(owner))
        .filter(access_codes::channel_id.eq(channel))
        .filter(access_codes::used_at.is_null())
        .filter(access_codes::expires_at.gt(diesel::dsl::now))
        .count();
    Ok(query.get_result(&mut store.connection().await?).await?)
}

#[derive(QueryableByName)]
struct Outcome {
    #[diesel(sql_type = Bool)]
    limited: bool,
    #[diesel(sql_type = Bool)]
    granted: bool,
}

/// The rows that count must be there to be held: who tries ten codes at once would not be seen ten times.
const COUNT: &str = "
    INSERT INTO access_attempts (organization_id, channel_id, platform_user_id)
    SELECT $1, $2, name
    FROM unnest(ARRAY['', $3]) AS name
    ORDER BY name
    ON CONFLICT DO NOTHING";

/// One statement, so that a code works once however many try it at the same moment. Tries on a channel go one by one.
const REDEEM: &str = "
    WITH tried AS MATERIALIZED (
        SELECT coalesce(bool_or(
            failed >= CASE WHEN platform_user_id = '' THEN $6 ELSE $5 END
                AND since > now() - make_interval(secs => $7)
        ), false) AS limited
        FROM (
            SELECT platform_user_id, failed, since
            FROM access_attempts
            WHERE organization_id = $1 AND channel_id = $2 AND platform_user_id IN ($4, '')
            ORDER BY platform_user_id
            FOR UPDATE
        ) held
    ), code AS (
        UPDATE access_codes SET used_at = now(), used_by = $4
        WHERE organization_id = $1 AND channel_id = $2 AND hash = $3 AND used_at IS NULL AND expires_at > now()
            AND NOT (SELECT limited FROM tried)
        RETURNING organization_id, channel_id
    ), let_in AS (
        INSERT INTO contacts AS c (organization_id, channel_id, platform_user_id, id, allowed_at)
        SELECT organization_id, channel_id, $4, $8, now() FROM code
        ON CONFLICT (organization_id, channel_id, platform_user_id)
            DO UPDATE SET allowed_at = coalesce(c.allowed_at, now())
    ), counted AS (
        INSERT INTO access_attempts AS a (organization_id, channel_id, platform_user_id, failed)
        SELECT $1, $2, name, 1
        FROM unnest(ARRAY[$4, '']) AS name
        WHERE NOT EXISTS (SELECT FROM code) AND NOT (SELECT limited FROM tried)
        ORDER BY name
        ON CONFLICT (organization_id, channel_id, platform_user_id) DO UPDATE SET
            failed = CASE WHEN a.since > now() - make_interval(secs => $7) THEN a.failed + 1 ELSE 1 END,
            since = CASE WHEN a.since > now() - make_interval(secs => $7) THEN a.since ELSE now() END
    )
    SELECT (SELECT limited FROM tried) AS limited, EXISTS (SELECT FROM code) AS granted";

/// Tries a code for a contact.
pub async fn redeem(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    code: TokenHash,
    platform_user_id: &str,
    limits: Attempts,
) -> Result<Redeemed, StoreError> {
    let mut connection = store.connection().await?;
    hot::statement(COUNT)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<Text, _>(platform_user_id)
        .execute(&mut connection)
        .await?;
    let outcome: Outcome = hot::statement(REDEEM)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<Binary, _>(code)
        .bind::<Text, _>(platform_user_id)
        .bind::<Integer, _>(limits.by_contact)
        .bind::<Integer, _>(limits.by_channel)
        .bind::<Double, _>(limits.seconds)
        .bind::<SqlUuid, _>(ContactId::new())
        .get_result(&mut connection)
        .await?;
    Ok(match (outcome.limited, outcome.granted) {
        (_, true) => Redeemed::Granted,
        (true, false) => Redeemed::Limited,
        (false, false) => Redeemed::Wrong,
    })
}

const TELL: &str = "
    INSERT INTO access_attempts AS a (organization_id, channel_id, platform_user_id, told_at)
    VALUES ($1, $2, $3, now())
    ON CONFLICT (organization_id, channel_id, platform_user_id) DO UPDATE SET told_at = now()
    WHERE coalesce(a.told_at < now() - make_interval(secs => $4), true)";

/// Whether it is time to tell a contact how to get in, at most once in so many seconds; it counts as told.
pub async fn may_be_told(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    platform_user_id: &str,
    seconds: f64,
) -> Result<bool, StoreError> {
    let written = hot::statement(TELL)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<Text, _>(platform_user_id)
        .bind::<Double, _>(seconds)
        .execute(&mut store.connection().await?)
        .await?;
    Ok(written == 1)
}

/// Whether a contact was let in.
pub async fn is_allowed(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    platform_user_id: &str,
) -> Result<bool, StoreError> {
    let query = contacts::table
        .find((owner, channel, platform_user_id))
        .select(contacts::allowed_at.is_not_null());
    let found: Option<bool> = query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(found.unwrap_or(false))
}

/// Those who were let in, by the platform's id.
pub async fn allowed(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    page: Page<String>,
) -> Result<Vec<String>, StoreError> {
    let query = contacts::table
        .filter(contacts::organization_id.eq(owner))
        .filter(contacts::channel_id.eq(channel))
        .filter(contacts::allowed_at.is_not_null())
        .filter(contacts::platform_user_id.gt(page.after.unwrap_or_default()))
        .order(contacts::platform_user_id)
        .limit(page.limit.into())
        .select(contacts::platform_user_id);
    Ok(query.load(&mut store.connection().await?).await?)
}

const ALLOW: &str = "
    INSERT INTO contacts AS c (organization_id, channel_id, platform_user_id, id, allowed_at)
    VALUES ($1, $2, $3, $4, now())
    ON CONFLICT (organization_id, channel_id, platform_user_id) DO UPDATE SET allowed_at = now()
    WHERE c.allowed_at IS NULL";

/// Lets someone in, beside whoever was let in before.
pub async fn allow(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    platform_user_id: &str,
) -> Result<(), StoreError> {
    hot::statement(ALLOW)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<Text, _>(platform_user_id)
        .bind::<SqlUuid, _>(ContactId::new())
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}

/// Puts someone out. Whether they were let in.
pub async fn put_out(
    store: &Store,
    owner: OrganizationId,
    id: ContactId,
) -> Result<bool, StoreError> {
    let one = contacts::table
        .filter(contacts::organization_id.eq(owner))
        .filter(contacts::id.eq(id))
        .filter(contacts::allowed_at.is_not_null());
    let update = diesel::update(one).set(contacts::allowed_at.eq(None::<Time>));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}

const ALLOW_ONLY: &str = "
    WITH shut_out AS (
        UPDATE contacts SET allowed_at = NULL
        WHERE organization_id = $1 AND channel_id = $2 AND allowed_at IS NOT NULL AND platform_user_id <> ALL ($3)
    )
    INSERT INTO contacts AS c (organization_id, channel_id, platform_user_id, id, allowed_at)
    SELECT $1, $2, name, gen_random_uuid(), now()
    FROM unnest($3) AS name
    ORDER BY name
    ON CONFLICT (organization_id, channel_id, platform_user_id)
        DO UPDATE SET allowed_at = coalesce(c.allowed_at, now())";

/// Lets these in and no one else. Each is named once.
pub async fn allow_only(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    platform_user_ids: &[String],
) -> Result<(), StoreError> {
    hot::statement(ALLOW_ONLY)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<diesel::sql_types::Array<Text>, _>(platform_user_ids)
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}
