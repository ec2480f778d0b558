//! Taking deliveries that are due and writing down what came of each.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Bool, Double, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz,
    Uuid as SqlUuid,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::ids::{ChannelId, DeliveryId, HostId, OrganizationId, TurnId};
use crate::windows::{self, Wait};
use crate::{Store, StoreError, hot, shown};

/// A delivery that the caller's host has taken, with all that a driver needs beside its channel.
#[derive(Debug, Clone, QueryableByName)]
pub struct TakenDelivery {
    #[diesel(sql_type = SqlUuid)]
    pub organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub conversation_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub channel_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub message_id: Uuid,
    /// This try counted: 1 is the first.
    #[diesel(sql_type = SmallInt)]
    pub attempts: i16,
    #[diesel(sql_type = BigInt)]
    pub fence: i64,
    /// Parts that the platform took at tries before.
    #[diesel(sql_type = Integer)]
    pub parts_sent: i32,
    /// The platform's message that shows it while it was being written.
    #[diesel(sql_type = Nullable<Text>)]
    pub shown_in: Option<String>,
    /// The turn that said it.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub turn_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub platform_chat_id: String,
    #[diesel(sql_type = Bool)]
    pub is_group: bool,
    #[diesel(sql_type = Text)]
    pub text: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub content: Option<serde_json::Value>,
    #[diesel(sql_type = Text)]
    pub channel_kind: String,
    #[diesel(sql_type = BigInt)]
    pub channel_version: i64,
    #[diesel(sql_type = Bool)]
    pub channel_deleted: bool,
    /// Whom it answers, where that is known.
    #[diesel(sql_type = Nullable<Text>)]
    pub platform_user_id: Option<String>,
}

/// Takes up to `limit` deliveries that are due, each the first pending one of its conversation, leaving out the
/// channels `except`. A delivery's attempt is counted when it is taken.
pub async fn take(
    store: &Store,
    host: HostId,
    limit: i64,
    except: &[ChannelId],
) -> Result<Vec<TakenDelivery>, StoreError> {
    let mut connection = store.connection().await?;
    Ok(hot::statement(include_str!("../sql/take_deliveries.sql"))
        .bind::<SqlUuid, _>(host.uuid())
        .bind::<BigInt, _>(limit)
        .bind::<Array<SqlUuid>, _>(except.iter().map(|id| id.uuid()).collect::<Vec<_>>())
        .load(&mut connection)
        .await?)
}

/// What came of one try.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub organization_id: OrganizationId,
    pub id: DeliveryId,
    pub fence: i64,
    pub outcome: Outcome,
    /// The platform's status, where it gave one.
    pub platform_status: Option<i32>,
    /// What went wrong, for the owner.
    pub error: Option<String>,
    /// Parts that the platform has by now.
    pub parts_sent: i32,
    /// The turn that it showed a draft of, whose place it has taken.
    pub replaced: Option<TurnId>,
}

/// How a try ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The platform has it, under this id where it gives one.
    Delivered { platform_message_id: Option<String> },
    /// Not yet; try again then.
    Retry { at: DateTime<Utc> },
    /// Not before someone speaks in the chat again.
    Waits(Wait),
    /// It may or may not have arrived, and trying again could show it twice.
    Unknown,
    /// No further try.
    Dead,
}

impl Outcome {
    /// The outcome in one word, for counting.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Retry { .. } => "retry",
            Outcome::Waits(_) => "waits",
            outcome => outcome.status(),
        }
    }

    fn status(&self) -> &'static str {
        match self {
            Outcome::Delivered { .. } => "delivered",
            Outcome::Retry { .. } | Outcome::Waits(_) => "pending",
            Outcome::Unknown => "unknown",
            Outcome::Dead => "dead",
        }
    }
}

/// Writes down what came of a batch of tries that `host` made; those that it no longer holds are left alone. That a draft
/// is a message now is written together with that: the next message would take its place again.
pub async fn finish(store: &Store, host: HostId, batch: &[Attempt]) -> Result<(), StoreError> {
    let mut connection = store.connection().await?;
    let replaced = batch
        .iter()
        .filter_map(|attempt| Some((attempt.organization_id, attempt.replaced?)));
    let replaced: Vec<_> = replaced.collect();
    let waits = |attempt: &&Attempt| matches!(attempt.outcome, Outcome::Waits(_));
    if replaced.is_empty() && !batch.iter().any(|attempt| waits(&attempt)) {
        return note(&mut connection, host, batch).await;
    }
    let (waiting, others): (Vec<&Attempt>, Vec<&Attempt>) = batch.iter().partition(waits);
    let others: Vec<Attempt> = others.into_iter().cloned().collect();
    connection
        .transaction(async |connection| {
            shown::forget_on(connection, &replaced).await?;
            for attempt in waiting {
                windows::hold_on(connection, host, attempt).await?;
            }
            note(connection, host, &others).await
        })
        .await
}

async fn note(
    connection: &mut AsyncPgConnection,
    host: HostId,
    batch: &[Attempt],
) -> Result<(), StoreError> {
    fn column<'a, T>(batch: &'a [Attempt], pick: impl Fn(&'a Attempt) -> T) -> Vec<T> {
        batch.iter().map(pick).collect()
    }
    hot::statement(
        "UPDATE deliveries d
         SET status = i.status, lease_host = NULL, waits = false,
             next_attempt_at = COALESCE(i.next_attempt_at, d.next_attempt_at),
             platform_status = i.platform_status, error = i.error, parts_sent = i.parts_sent,
             platform_message_id = COALESCE(i.platform_message_id, d.platform_message_id),
             finished_at = CASE WHEN i.status = 'pending' THEN NULL ELSE now() END
         FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10)
             AS i (organization_id, id, fence, status, next_attempt_at, platform_status, error, platform_message_id,
                 parts_sent)
         WHERE d.organization_id = i.organization_id AND d.id = i.id AND d.fence = i.fence AND d.lease_host = $1
             AND d.status = 'pending'",
    )
    .bind::<SqlUuid, _>(host.uuid())
    .bind::<Array<SqlUuid>, _>(column(batch, |a| a.organization_id.uuid()))
    .bind::<Array<SqlUuid>, _>(column(batch, |a| a.id.uuid()))
    .bind::<Array<BigInt>, _>(column(batch, |a| a.fence))
    .bind::<Array<Text>, _>(column(batch, |a| a.outcome.status()))
    .bind::<Array<Nullable<Timestamptz>>, _>(column(batch, |a| match a.outcome {
        Outcome::Retry { at } => Some(at),
        _ => None,
    }))
    .bind::<Array<Nullable<Integer>>, _>(column(batch, |a| a.platform_status))
    .bind::<Array<Nullable<Text>>, _>(column(batch, |a| a.error.as_deref()))
    .bind::<Array<Nullable<Text>>, _>(column(batch, |a| match &a.outcome {
        Outcome::Delivered { platform_message_id } => platform_message_id.as_deref(),
        _ => None,
    }))
    .bind::<Array<Integer>, _>(column(batch, |a| a.parts_sent))
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = Nullable<Double>)]
    seconds: Option<f64>,
}

/// How long it is until the next delivery that no host holds is due; zero when one is.
pub async fn next(store: &Store) -> Result<Option<Duration>, StoreError> {
    let mut connection = store.connection().await?;
    let row: Next = hot::statement(
        "SELECT extract(epoch FROM min(next_attempt_at) - now())::double precision AS seconds
         FROM deliveries
         WHERE status = 'pending' AND next_attempt_at > now()",
    )
    .get_result(&mut connection)
    .await?;
    Ok(row
        .seconds
        .map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)))
}

/// Makes deliveries of what a turn said to a caller who has gone away since. None is made twice. How many.
pub async fn create_for_turn(
    store: &Store,
    organization: OrganizationId,
    turn: TurnId,
) -> Result<usize, StoreError> {
    let mut connection = store.connection().await?;
    Ok(hot::statement(
        "INSERT INTO deliveries (organization_id, id, conversation_id, channel_id, message_id)
         SELECT m.organization_id, m.id, m.conversation_id, c.channel_id, m.id
         FROM messages m
         JOIN conversations c ON c.organization_id = m.organization_id AND c.id = m.conversation_id
         WHERE m.organization_id = $1 AND m.turn_id = $2 AND m.direction = 'outbound'
             AND NOT EXISTS (
                 SELECT FROM deliveries d
                 WHERE d.organization_id = m.organization_id AND d.conversation_id = m.conversation_id
                     AND d.message_id = m.id
             )
         ORDER BY m.sequence
         ON CONFLICT DO NOTHING",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(turn.uuid())
    .execute(&mut connection)
    .await?)
}
