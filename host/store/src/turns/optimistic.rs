//! Messages with the turns that they came to: the one statement that stores both where nothing was stored before the turn ran.

use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Binary, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::commit::{EndStatus, EndedTurn, recordings};
use crate::ids::{AgentId, ContactId, UserId};
use crate::inbox::Receive;
use crate::{Store, StoreError, hot};

/// A message of someone who talks as usual (see [`Receive::is_usual`]) with the turn that it came to, and what was taken for true
/// when the turn began.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The message: in a direct chat, with nothing beside its text.
    pub receive: Receive,
    /// Who spoke.
    pub contact_id: ContactId,
    /// Their name, if it is known.
    pub display_name: Option<String>,
    /// Their account.
    pub user_id: UserId,
    /// Who answered.
    pub agent_id: AgentId,
    /// The version of the agent's row that ran.
    pub agent_version: i64,
    /// Since the message came.
    pub waited_micros: i64,
    /// What the turn came to, in the conversation and at the position that were expected. It [only answers](Self::only_answers).
    pub ended: EndedTurn,
}

impl Whole {
    /// Whether a turn did nothing but answer its sender, who waits: then it can be stored with its message.
    pub fn only_answers(ended: &EndedTurn) -> bool {
        ended.status == EndStatus::Done
            && ended.host_calls == 0
            && ended.is_plain()
            && ended.only_answers()
            && ended.files.is_none()
    }
}

macro_rules! parts {
    ($($name:literal),+) => { concat!($(include_str!(concat!("../sql/optimistic/", $name, ".sql"))),+) };
}

const WHOLE: &str = parts!("whole", "no_events", "said", "answer");
/// Of some, what their agents heard is kept.
const WHOLE_RECORDED: &str = parts!("whole", "no_events", "said", "recordings", "answer");
/// Some have an event's name.
const EVENTS: &str = parts!("whole", "events", "said", "answer");
const EVENTS_RECORDED: &str = parts!("whole", "events", "said", "recordings", "answer");

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    ordinal: i64,
}

/// Stores a batch, at most one message a conversation, in one statement. Says of each, in the order of the batch, whether it was
/// stored; of one that was not, something is not as it was taken for, and nothing of it is in the tables.
pub async fn commit_whole(store: &Store, batch: &[Whole]) -> Result<Vec<bool>, StoreError> {
    let is_recorded = batch.iter().any(|whole| whole.ended.recording.is_some());
    let has_events = (batch.iter()).any(|whole| whole.receive.platform_event_id.is_some());
    let text = match (has_events, is_recorded) {
        (false, false) => WHOLE,
        (false, true) => WHOLE_RECORDED,
        (true, false) => EVENTS,
        (true, true) => EVENTS_RECORDED,
    };
    commit_by(text, &mut *store.connection().await?, batch).await
}

/// Runs the statements with none, so that their plans are there when a message comes.
pub(crate) async fn plan(connection: &mut AsyncPgConnection) -> Result<(), StoreError> {
    for text in [WHOLE, WHOLE_RECORDED, EVENTS, EVENTS_RECORDED] {
        commit_by(text, connection, &[]).await?;
    }
    Ok(())
}

async fn commit_by(
    text: &'static str,
    connection: &mut AsyncPgConnection,
    batch: &[Whole],
) -> Result<Vec<bool>, StoreError> {
    fn column<'a, T>(batch: &'a [Whole], pick: impl Fn(&'a Whole) -> T) -> Vec<T> {
        batch.iter().map(pick).collect()
    }
    let said: Vec<(i64, &super::Speech)> = (1..)
        .zip(batch)
        .flat_map(|(ordinal, whole)| whole.ended.speech.iter().map(move |said| (ordinal, said)))
        .collect();
    let (recorded, recordings): (Vec<i64>, Vec<&[u8]>) =
        recordings(batch.iter().map(|whole| &whole.ended))
            .into_iter()
            .unzip();
    let rows: Vec<Row> = hot::statement(text)
        .bind::<Array<SqlUuid>, _>(column(batch, |w| w.receive.organization_id.uuid()))
        .bind::<Array<SqlUuid>, _>(column(batch, |w| w.receive.channel_id.uuid()))
        .bind::<Array<Text>, _>(column(batch, |w| w.receive.platform_user_id.as_str()))
        .bind::<Array<Text>, _>(column(batch, |w| w.receive.platform_chat_id.as_str()))
        .bind::<Array<Nullable<Text>>, _>(column(batch, |w| w.display_name.as_deref()))
        .bind::<Array<SqlUuid>, _>(column(batch, |w| w.ended.conversation_id.uuid()))
        .bind::<Array<SqlUuid>, _>(column(batch, |w| w.contact_id.uuid()))
        .bind::<Array<SqlUuid>, _>(column(batch, |w| w.user_id.uuid()))
        .bind::<Array<SqlUuid>, _>(column(batch, |w| w.agent_id.uuid()))
        .bind::<Array<BigInt>, _>(column(batch, |w| w.agent_version))
        .bind::<Array<BigInt>, _>(column(batch, |w| w.ended.position))
        .bind::<Array<SqlUuid>, _>(column(batch, |w| w.receive.message_id.uuid()))
        .bind::<Array<SqlUuid>, _>(column(batch, |w| w.receive.turn_id.uuid()))
        .bind::<Array<Text>, _>(column(batch, |w| w.receive.text.as_str()))
        .bind::<Array<BigInt>, _>(column(batch, |w| w.waited_micros))
        .bind::<Array<Nullable<Binary>>, _>(column(batch, |w| w.ended.module_digest.as_deref()))
        .bind::<Array<Timestamptz>, _>(column(batch, |w| w.ended.started_at))
        .bind::<Array<BigInt>, _>(column(batch, |w| w.ended.guest_micros))
        .bind::<Array<Integer>, _>(column(batch, |w| w.ended.host_calls))
        .bind::<Array<BigInt>, _>(column(batch, |w| w.ended.memory_peak))
        .bind::<Array<Nullable<Text>>, _>(column(batch, |w| w.receive.platform_event_id.as_deref()))
        .bind::<Array<BigInt>, _>(said.iter().map(|(turn, _)| *turn).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(
            said.iter()
                .map(|(_, said)| said.message_id.uuid())
                .collect::<Vec<_>>(),
        )
        .bind::<Array<Text>, _>(
            said.iter()
                .map(|(_, said)| said.text.as_str())
                .collect::<Vec<_>>(),
        )
        .bind::<Array<Nullable<Jsonb>>, _>(
            said.iter()
                .map(|(_, said)| said.content.as_ref())
                .collect::<Vec<_>>(),
        )
        .bind::<Array<BigInt>, _>(recorded)
        .bind::<Array<Binary>, _>(recordings)
        .load(connection)
        .await?;
    let mut stored = vec![false; batch.len()];
    for row in rows {
        let place = usize::try_from(row.ordinal - 1).ok();
        if let Some(place) = place.and_then(|place| stored.get_mut(place)) {
            *place = true;
        }
    }
    Ok(stored)
}
