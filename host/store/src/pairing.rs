//! Pairing: a channel that listens to one account is claimed with a code that it showed to that account.

use std::collections::HashMap;
use std::time::Duration;

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Double, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::digests::TokenHash;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, ChannelId, ContactId, OrganizationId, UserId};
use crate::page::Time;
use crate::pool::Store;

/// A code to show in a chat; it takes the place of one that was shown there before.
#[derive(Clone, Debug)]
pub struct NewPairingCode {
    /// Its keyed hash.
    pub hash: TokenHash,
    /// What the account that is shown it is called.
    pub account: String,
    /// The agent that answers on the channel.
    pub agent_id: Option<AgentId>,
    /// Until when it works.
    pub expires_at: Time,
}

/// What stands in the way of a code in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Standing {
    /// Whether someone has claimed the channel.
    #[diesel(sql_type = Bool)]
    pub is_claimed: bool,
    /// Whether the chat was shown a code that works.
    #[diesel(sql_type = Bool)]
    pub has_code: bool,
    /// Codes of the channel that work.
    #[diesel(sql_type = BigInt)]
    pub codes: i64,
}

const STANDING: &str = "
    SELECT
        EXISTS (
            SELECT FROM contacts WHERE organization_id = $1 AND channel_id = $2 AND allowed_at IS NOT NULL
        ) AS is_claimed,
        coalesce(bool_or(platform_chat_id = $3), false) AS has_code,
        count(*) AS codes
    FROM pairing_codes
    WHERE organization_id = $1 AND channel_id = $2 AND expires_at > now()";

/// Whether a chat may be shown a code.
pub async fn standing(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    platform_chat_id: &str,
) -> Result<Standing, StoreError> {
    let statement = hot::statement(STANDING)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<Text, _>(platform_chat_id);
    Ok(statement.get_result(&mut store.connection().await?).await?)
}

/// What has had its time goes with it.
const SHOW: &str = "
    WITH past AS (
        DELETE FROM pairing_codes
        WHERE organization_id = $1 AND channel_id = $2 AND expires_at < now() AND platform_chat_id <> $3
    )
    INSERT INTO pairing_codes AS c (
        organization_id, channel_id, platform_chat_id, platform_user_id, account, agent_id, hash, expires_at
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (organization_id, channel_id, platform_chat_id) DO UPDATE SET
        platform_user_id = excluded.platform_user_id, account = excluded.account, agent_id = excluded.agent_id,
        hash = excluded.hash, created_at = now(), expires_at = excluded.expires_at";

/// Keeps a code that is shown in a chat, in the transaction that shows it.
pub(crate) async fn show_on(
    connection: &mut AsyncPgConnection,
    (owner, channel): (OrganizationId, ChannelId),
    (chat, user): (&str, &str),
    code: &NewPairingCode,
) -> Result<(), StoreError> {
    hot::statement(SHOW)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<Text, _>(chat)
        .bind::<Text, _>(user)
        .bind::<Text, _>(&code.account)
        .bind::<Nullable<SqlUuid>, _>(code.agent_id)
        .bind::<Binary, _>(code.hash)
        .bind::<Timestamptz, _>(code.expires_at)
        .execute(connection)
        .await?;
    Ok(())
}

/// How often wrong codes may be typed in.
#[derive(Clone, Copy, Debug)]
pub struct Attempts {
    /// By one caller, for one channel.
    pub by_caller: i32,
    /// By all callers together, for one channel.
    pub by_channel: i32,
    /// In this many seconds.
    pub seconds: f64,
}

/// What came of a code that was typed in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Claimed {
    /// The channel listens to the account that was shown the code, since then.
    Paired(ChannelId, Time),
    /// There is no such code, or no longer.
    Wrong,
    /// The channel that showed it is no more, or no more the agent's.
    NoChannel,
    /// Someone has claimed that channel already.
    Already,
    /// Too many wrong ones: this one was not looked at.
    Limited(Duration),
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct Over {
    #[diesel(sql_type = Nullable<Double>)]
    seconds: Option<f64>,
}

#[derive(QueryableByName)]
struct Shown {
    #[diesel(sql_type = SqlUuid)]
    channel_id: Uuid,
    #[diesel(sql_type = Text)]
    platform_user_id: String,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = Bool)]
    is_claimed: bool,
}

#[derive(QueryableByName)]
struct At {
    #[diesel(sql_type = Timestamptz)]
    at: Time,
}

/// Held until the end: codes for a channel are tried one by one.
const CHANNELS: &str = "
    SELECT id FROM channels
    WHERE organization_id = $1 AND primary_agent_id = $2 AND access = 'paired' AND deleted_at IS NULL
    ORDER BY id
    FOR UPDATE";

const OVER: &str = "
    SELECT max(extract(epoch FROM since + make_interval(secs => $6) - now()))::double precision AS seconds
    FROM pairing_attempts
    WHERE organization_id = $1 AND channel_id = ANY ($2) AND since > now() - make_interval(secs => $6)
        AND ((user_id = $3 AND failed >= $4) OR (user_id = '00000000-0000-0000-0000-000000000000' AND failed >= $5))";

const FIND: &str = "
    SELECT p.channel_id, p.platform_user_id, p.account,
        EXISTS (
            SELECT FROM contacts c
            WHERE c.organization_id = p.organization_id AND c.channel_id = p.channel_id AND c.allowed_at IS NOT NULL
        ) AS is_claimed
    FROM pairing_codes p
    WHERE p.organization_id = $1 AND p.agent_id = $2 AND p.hash = $3 AND p.expires_at > now()
    ORDER BY p.created_at DESC
    LIMIT 1";

const COUNT: &str = "
    INSERT INTO pairing_attempts AS a (organization_id, channel_id, user_id)
    SELECT $1, channel, caller
    FROM unnest($2) AS channel, unnest(ARRAY[$3, '00000000-0000-0000-0000-000000000000']::uuid[]) AS caller
    ORDER BY channel, caller
    ON CONFLICT (organization_id, channel_id, user_id) DO UPDATE SET
        failed = CASE WHEN a.since > now() - make_interval(secs => $4) THEN a.failed + 1 ELSE 1 END,
        since = CASE WHEN a.since > now() - make_interval(secs => $4) THEN a.since ELSE now() END";

/// The account is let in, the channel is called by it, and no code of it works any more.
const PAIR: &str = "
    WITH let_in AS (
        INSERT INTO contacts AS c (organization_id, channel_id, platform_user_id, id, allowed_at)
        VALUES ($1, $2, $3, $5, now())
        ON CONFLICT (organization_id, channel_id, platform_user_id) DO UPDATE SET allowed_at = now()
        RETURNING allowed_at
    ), named AS (
        UPDATE channels SET name = $4, version = version + 1, updated_at = now()
        WHERE organization_id = $1 AND id = $2
    ), gone AS (
        DELETE FROM pairing_codes WHERE organization_id = $1 AND channel_id = $2
    ), forgotten AS (
        DELETE FROM pairing_attempts WHERE organization_id = $1 AND channel_id = $2
    )
    SELECT allowed_at AS at FROM let_in";

/// A code that someone has typed in for an agent.
#[derive(Clone, Copy, Debug)]
pub struct Typed {
    /// Whose agent.
    pub organization_id: OrganizationId,
    /// The agent.
    pub agent_id: AgentId,
    /// Who typed.
    pub user_id: UserId,
    /// The keyed hash of the code.
    pub hash: TokenHash,
}

/// Claims the channel that showed a code, of those of one agent.
pub async fn claim(store: &Store, typed: Typed, limits: Attempts) -> Result<Claimed, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| claim_on(connection, typed, limits).await)
        .await
}

async fn claim_on(
    connection: &mut AsyncPgConnection,
    typed: Typed,
    limits: Attempts,
) -> Result<Claimed, StoreError> {
    let owner = typed.organization_id;
    let channels: Vec<Row> = hot::statement(CHANNELS)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(typed.agent_id)
        .load(connection)
        .await?;
    let channels: Vec<Uuid> = channels.into_iter().map(|row| row.id).collect();
    let over: Over = hot::statement(OVER)
        .bind::<SqlUuid, _>(owner)
        .bind::<Array<SqlUuid>, _>(&channels)
        .bind::<SqlUuid, _>(typed.user_id)
        .bind::<Integer, _>(limits.by_caller)
        .bind::<Integer, _>(limits.by_channel)
        .bind::<Double, _>(limits.seconds)
        .get_result(connection)
        .await?;
    if let Some(seconds) = over.seconds {
        let wait = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        return Ok(Claimed::Limited(wait));
    }
    let shown: Option<Shown> = hot::statement(FIND)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(typed.agent_id)
        .bind::<Binary, _>(typed.hash)
        .get_result(connection)
        .await
        .optional()?;
    let Some(shown) = shown else {
        hot::statement(COUNT)
            .bind::<SqlUuid, _>(owner)
            .bind::<Array<SqlUuid>, _>(&channels)
            .bind::<SqlUuid, _>(typed.user_id)
            .bind::<Double, _>(limits.seconds)
            .execute(connection)
            .await?;
        return Ok(Claimed::Wrong);
    };
    if !channels.contains(&shown.channel_id) {
        return Ok(Claimed::NoChannel);
    }
    if shown.is_claimed {
        return Ok(Claimed::Already);
    }
    let paired: At = hot::statement(PAIR)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(shown.channel_id)
        .bind::<Text, _>(&shown.platform_user_id)
        .bind::<Text, _>(&shown.account)
        .bind::<SqlUuid, _>(ContactId::new())
        .get_result(connection)
        .await?;
    Ok(Claimed::Paired(shown.channel_id.into(), paired.at))
}

#[derive(QueryableByName)]
struct Verified {
    #[diesel(sql_type = SqlUuid)]
    channel_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    at: Time,
}

/// Since when each channel listens to someone whom it was told of; those that do not are left out.
pub async fn verified(
    store: &Store,
    owner: OrganizationId,
    channels: &[ChannelId],
) -> Result<HashMap<ChannelId, Time>, StoreError> {
    let channels: Vec<Uuid> = channels.iter().map(|id| id.uuid()).collect();
    let statement = hot::statement(
        "SELECT channel_id, min(allowed_at) AS at FROM contacts
         WHERE organization_id = $1 AND channel_id = ANY ($2) AND allowed_at IS NOT NULL
         GROUP BY channel_id",
    );
    let rows: Vec<Verified> = statement
        .bind::<SqlUuid, _>(owner)
        .bind::<Array<SqlUuid>, _>(channels)
        .load(&mut store.connection().await?)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.channel_id.into(), row.at))
        .collect())
}
