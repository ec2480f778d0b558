//! Ending turns: the one statement that makes all of a turn's effects visible, or none. A turn that changed files, or sent
//! some, has it in a transaction with what became of them.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::files::{self, FileChanges};
use crate::ids::{AgentId, ConversationId, DeliveryId, HostId, MessageId, OrganizationId, TurnId};
use crate::{Store, StoreError, hot};

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndStatus {
    /// The agent handled it.
    Done,
    /// It was stopped or said that it failed; nothing of it counts but the apology.
    Failed,
    /// There was no one to run it.
    Skipped,
}

impl EndStatus {
    /// The status as the table has it.
    pub fn as_str(self) -> &'static str {
        match self {
            EndStatus::Done => "done",
            EndStatus::Failed => "failed",
            EndStatus::Skipped => "skipped",
        }
    }
}

/// A message that a turn says.
#[derive(Debug, Clone)]
pub struct Speech {
    pub conversation_id: ConversationId,
    /// The thread of a session that it is said in.
    pub chat_id: Option<Uuid>,
    pub message_id: MessageId,
    pub text: String,
    pub content: Option<serde_json::Value>,
    /// `None` where no one has to carry it: the caller waits for it, or the channel's readers fetch it.
    pub delivery_id: Option<DeliveryId>,
}

/// A change of an agent's memory.
#[derive(Debug, Clone)]
pub struct StateChange {
    /// `None` is the agent's own state.
    pub conversation_id: Option<ConversationId>,
    pub key: String,
    /// `None` deletes.
    pub value: Option<Vec<u8>>,
}

/// A change of a conversation's timers.
#[derive(Debug, Clone)]
pub enum ScheduleChange {
    At {
        name: String,
        due_at: DateTime<Utc>,
        payload: Vec<u8>,
    },
    /// Milliseconds from the commit.
    After {
        name: String,
        millis: i64,
        payload: Vec<u8>,
    },
    /// Again and again, from the first slot on.
    Repeat {
        name: String,
        cron: String,
        time_zone: String,
        due_at: DateTime<Utc>,
        payload: Vec<u8>,
    },
    Cancel {
        name: String,
    },
}

/// What a turn knew of its agent's own state.
#[derive(Debug, Clone, Copy)]
pub struct AgentState {
    /// The version that it read.
    pub version: i64,
    /// Whether it changed something.
    pub written: bool,
}

/// A turn that is over, with all that came of it.
#[derive(Debug, Clone)]
pub struct EndedTurn {
    pub organization_id: OrganizationId,
    pub conversation_id: ConversationId,
    pub position: i64,
    pub fence: i64,
    pub turn_id: TurnId,
    pub agent_id: Option<AgentId>,
    pub status: EndStatus,
    pub module_digest: Option<Vec<u8>>,
    pub started_at: DateTime<Utc>,
    pub guest_micros: i64,
    pub host_calls: i32,
    /// Bytes.
    pub memory_peak: i64,
    pub error_code: Option<String>,
    pub error: Option<String>,
    pub agent_state: Option<AgentState>,
    /// The thread of a session that its event is in: the timers that it sets are in it, too.
    pub chat_id: Option<Uuid>,
    pub speech: Vec<Speech>,
    pub state: Vec<StateChange>,
    pub schedules: Vec<ScheduleChange>,
    /// What it did to its agent's files.
    pub files: Option<Box<FileChanges>>,
    /// What its agent heard, in the host's form; none where there is nothing to keep.
    pub recording: Option<Vec<u8>>,
}

/// What became of one ended turn of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// It is over. `more`: the conversation has another turn, and the host still holds it.
    Done { more: bool },
    /// Another turn changed the agent's own state, or its files, since this one read them: run it again.
    Conflict,
    /// The host no longer holds the conversation: someone else runs this turn.
    Lost,
}

impl Commit {
    /// What came of it in one word, for counting.
    pub fn name(self) -> &'static str {
        match self {
            Commit::Done { .. } => "done",
            Commit::Conflict => "conflict",
            Commit::Lost => "lost",
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    ordinal: i64,
    #[diesel(sql_type = Bool)]
    conflict: bool,
    #[diesel(sql_type = Bool)]
    committed: bool,
    #[diesel(sql_type = Bool)]
    more: bool,
}

macro_rules! parts {
    ($($name:literal),+) => { concat!($(include_str!(concat!("../sql/commit/", $name, ".sql"))),+) };
}

/// A part that a batch has no use for is left out: making the parts of a plan ready costs the server as much as running
/// them. Most turns only answer in their own conversation, and what they say goes back to who waits for it.
const SPOKEN: &str = parts!("spoken", "spoken_answer");
/// Of some, what their agents heard is kept: of all those in languages whose runtimes read a clock.
const SPOKEN_RECORDED: &str = parts!("spoken", "recordings", "spoken_answer");
/// What some say goes out as deliveries, or is said elsewhere.
const SAID: &str = parts!("input", "no_agents", "end", "deliveries", "answer");
const SAID_RECORDED: &str = parts!(
    "input",
    "no_agents",
    "end",
    "deliveries",
    "recordings",
    "answer"
);
/// Some changed state or schedules as well.
const WHOLE: &str = parts!("input", "agents", "end", "deliveries", "effects", "answer");
const WHOLE_RECORDED: &str = parts!(
    "input",
    "agents",
    "end",
    "deliveries",
    "recordings",
    "effects",
    "answer"
);

/// Ends a batch of turns that `host` holds, at most one a conversation, in one statement, or where there are turns with
/// files in one statement and one transaction each. The answers are in the order of the batch.
pub async fn commit(
    store: &Store,
    host: HostId,
    batch: &[EndedTurn],
) -> Result<Vec<Commit>, StoreError> {
    let mut connection = store.connection().await?;
    if batch.iter().all(|turn| turn.files.is_none()) {
        return commit_on(&mut connection, host, batch).await;
    }
    let mut commits = Vec::with_capacity(batch.len());
    for turn in batch {
        commits.push(match &turn.files {
            Some(files) => with_files(&mut connection, host, turn, files).await?,
            None => {
                let one = std::slice::from_ref(turn);
                let ended = commit_on(&mut connection, host, one).await?;
                ended.as_slice().first().copied().unwrap_or(Commit::Lost)
            }
        });
    }
    Ok(commits)
}

/// Why the transaction of a turn with files comes to nothing.
enum Undone {
    Instead(Commit),
    Store(StoreError),
}

impl<E: Into<StoreError>> From<E> for Undone {
    fn from(error: E) -> Self {
        Undone::Store(error.into())
    }
}

async fn with_files(
    connection: &mut AsyncPgConnection,
    host: HostId,
    turn: &EndedTurn,
    files: &FileChanges,
) -> Result<Commit, StoreError> {
    let done = connection
        .transaction(async |connection| {
            match files::make(connection, files).await {
                Ok(_) => {}
                // More than the quota allows by now, or what was seen is not so any more: the next run sees it as it is.
                Err(files::Undone::Instead(_)) => return Err(Undone::Instead(Commit::Conflict)),
                Err(files::Undone::Store(error)) => return Err(Undone::Store(error)),
            }
            let ended = commit_on(connection, host, std::slice::from_ref(turn)).await?;
            match ended.as_slice().first().copied().unwrap_or(Commit::Lost) {
                done @ Commit::Done { .. } => Ok(done),
                instead => Err(Undone::Instead(instead)),
            }
        })
        .await;
    match done {
        Ok(commit) | Err(Undone::Instead(commit)) => Ok(commit),
        Err(Undone::Store(error)) => Err(error),
    }
}

async fn commit_on(
    connection: &mut AsyncPgConnection,
    host: HostId,
    batch: &[EndedTurn],
) -> Result<Vec<Commit>, StoreError> {
    let is_recorded = batch.iter().any(|turn| turn.recording.is_some());
    let only_answers = batch.iter().all(EndedTurn::only_answers);
    let text = match (
        batch.iter().all(EndedTurn::is_plain),
        only_answers,
        is_recorded,
    ) {
        (true, true, false) => SPOKEN,
        (true, true, true) => SPOKEN_RECORDED,
        (true, false, false) => SAID,
        (true, false, true) => SAID_RECORDED,
        (false, _, false) => WHOLE,
        (false, _, true) => WHOLE_RECORDED,
    };
    commit_by(text, connection, host, batch).await
}

/// Runs the statements that most turns end by with none, so that their plans are there when a turn ends.
pub(crate) async fn plan(connection: &mut AsyncPgConnection) -> Result<(), StoreError> {
    for text in [SPOKEN, SPOKEN_RECORDED] {
        commit_by(text, connection, Uuid::nil().into(), &[]).await?;
    }
    Ok(())
}

/// Ends turns by a statement that has a use for all that came of them.
async fn commit_by(
    text: &'static str,
    connection: &mut AsyncPgConnection,
    host: HostId,
    batch: &[EndedTurn],
) -> Result<Vec<Commit>, StoreError> {
    fn column<'a, T>(batch: &'a [EndedTurn], pick: impl Fn(&'a EndedTurn) -> T) -> Vec<T> {
        batch.iter().map(pick).collect()
    }
    /// The parts of each turn in one row of columns, each with its turn's ordinal from 1.
    fn parts<'a, P>(
        batch: &'a [EndedTurn],
        pick: impl Fn(&'a EndedTurn) -> &'a [P],
    ) -> Vec<(i64, &'a P)> {
        (1..)
            .zip(batch)
            .flat_map(|(ordinal, turn)| pick(turn).iter().map(move |part| (ordinal, part)))
            .collect()
    }
    fn each<'a, P, T>(parts: &[(i64, &'a P)], pick: impl Fn(&'a P) -> T) -> Vec<T> {
        parts.iter().map(|(_, part)| pick(part)).collect()
    }
    fn ordinals<P>(parts: &[(i64, &P)]) -> Vec<i64> {
        parts.iter().map(|(ordinal, _)| *ordinal).collect()
    }
    let speech = parts(batch, |turn| &turn.speech);
    let state = parts(batch, |turn| &turn.state);
    let schedules = parts(batch, |turn| &turn.schedules);
    let (recorded, recordings): (Vec<i64>, Vec<&[u8]>) = recordings(batch).into_iter().unzip();
    let ended = hot::statement(text)
        .bind::<Array<SqlUuid>, _>(column(batch, |t| t.organization_id.uuid()))
        .bind::<Array<SqlUuid>, _>(column(batch, |t| t.conversation_id.uuid()))
        .bind::<Array<BigInt>, _>(column(batch, |t| t.position))
        .bind::<Array<BigInt>, _>(column(batch, |t| t.fence))
        .bind::<Array<Text>, _>(column(batch, |t| t.status.as_str()))
        .bind::<Array<Nullable<Binary>>, _>(column(batch, |t| t.module_digest.as_deref()))
        .bind::<Array<Timestamptz>, _>(column(batch, |t| t.started_at))
        .bind::<Array<BigInt>, _>(column(batch, |t| t.guest_micros))
        .bind::<Array<Integer>, _>(column(batch, |t| t.host_calls))
        .bind::<Array<BigInt>, _>(column(batch, |t| t.memory_peak))
        .bind::<Array<Nullable<Text>>, _>(column(batch, |t| t.error_code.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(column(batch, |t| t.error.as_deref()))
        .bind::<Array<SqlUuid>, _>(column(batch, |t| t.turn_id.uuid()))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(batch, |t| t.agent_id.map(|id| id.uuid())))
        .bind::<SqlUuid, _>(host.uuid())
        .bind::<Array<Nullable<BigInt>>, _>(column(batch, |t| {
            t.agent_state.map(|state| state.version)
        }))
        .bind::<Array<Bool>, _>(column(batch, |t| {
            t.agent_state.is_some_and(|state| state.written)
        }))
        .bind::<Array<BigInt>, _>(ordinals(&speech))
        .bind::<Array<SqlUuid>, _>(each(&speech, |s| s.conversation_id.uuid()))
        .bind::<Array<SqlUuid>, _>(each(&speech, |s| s.message_id.uuid()))
        .bind::<Array<Text>, _>(each(&speech, |s| s.text.as_str()))
        .bind::<Array<Nullable<Jsonb>>, _>(each(&speech, |s| s.content.as_ref()))
        .bind::<Array<Nullable<SqlUuid>>, _>(each(&speech, |s| s.delivery_id.map(|id| id.uuid())))
        .bind::<Array<Nullable<SqlUuid>>, _>(each(&speech, |s| s.chat_id))
        .bind::<Array<BigInt>, _>(recorded)
        .bind::<Array<Binary>, _>(recordings);
    if batch.iter().all(EndedTurn::is_plain) {
        return Ok(answers(batch.len(), ended.load(connection).await?));
    }
    let ended = ended
        .bind::<Array<BigInt>, _>(ordinals(&state))
        .bind::<Array<SqlUuid>, _>(each(&state, |s| {
            s.conversation_id.map_or(Uuid::nil(), |id| id.uuid())
        }))
        .bind::<Array<Text>, _>(each(&state, |s| s.key.as_str()))
        .bind::<Array<Nullable<Binary>>, _>(each(&state, |s| s.value.as_deref()))
        .bind::<Array<BigInt>, _>(ordinals(&schedules))
        .bind::<Array<Text>, _>(each(&schedules, ScheduleChange::name))
        .bind::<Array<SqlUuid>, _>(each(&schedules, |_| Uuid::now_v7()))
        .bind::<Array<Nullable<Timestamptz>>, _>(each(&schedules, ScheduleChange::due_at))
        .bind::<Array<Nullable<BigInt>>, _>(each(&schedules, ScheduleChange::after_millis))
        .bind::<Array<Nullable<Binary>>, _>(each(&schedules, ScheduleChange::payload))
        .bind::<Array<Nullable<SqlUuid>>, _>(
            schedules
                .iter()
                .map(|(ordinal, _)| chat_of(batch, *ordinal))
                .collect::<Vec<_>>(),
        )
        .bind::<Array<Nullable<Text>>, _>(each(&schedules, |s| s.recurrence().map(|r| r.0)))
        .bind::<Array<Nullable<Text>>, _>(each(&schedules, |s| s.recurrence().map(|r| r.1)));
    Ok(answers(batch.len(), ended.load(connection).await?))
}

/// What is kept of the turns, each with its turn's ordinal from 1.
pub(super) fn recordings<'a>(
    batch: impl IntoIterator<Item = &'a EndedTurn>,
) -> Vec<(i64, &'a [u8])> {
    (1..)
        .zip(batch)
        .filter_map(|(ordinal, turn)| Some((ordinal, turn.recording.as_deref()?)))
        .collect()
}

/// The thread of the turn with this ordinal, from 1.
fn chat_of(batch: &[EndedTurn], ordinal: i64) -> Option<Uuid> {
    let place = usize::try_from(ordinal - 1).ok()?;
    batch.get(place)?.chat_id
}

impl EndedTurn {
    /// Whether it left its agent's memory and timers as they were.
    pub(super) fn is_plain(&self) -> bool {
        self.state.is_empty() && self.schedules.is_empty() && self.agent_state.is_none()
    }

    /// Whether all that it says is in its own conversation and carried by no one.
    pub(super) fn only_answers(&self) -> bool {
        (self.speech.iter())
            .all(|said| said.delivery_id.is_none() && said.conversation_id == self.conversation_id)
    }
}

fn answers(turns: usize, rows: Vec<Row>) -> Vec<Commit> {
    let mut commits: Vec<Commit> = vec![Commit::Lost; turns];
    for row in rows {
        let place = usize::try_from(row.ordinal - 1).ok();
        if let Some(place) = place.and_then(|place| commits.get_mut(place)) {
            *place = match (row.committed, row.conflict) {
                (true, _) => Commit::Done { more: row.more },
                (false, true) => Commit::Conflict,
                (false, false) => Commit::Lost,
            };
        }
    }
    commits
}

impl ScheduleChange {
    fn name(&self) -> &str {
        match self {
            ScheduleChange::At { name, .. }
            | ScheduleChange::After { name, .. }
            | ScheduleChange::Repeat { name, .. }
            | ScheduleChange::Cancel { name } => name,
        }
    }

    fn due_at(&self) -> Option<DateTime<Utc>> {
        match self {
            ScheduleChange::At { due_at, .. } | ScheduleChange::Repeat { due_at, .. } => {
                Some(*due_at)
            }
            ScheduleChange::After { .. } | ScheduleChange::Cancel { .. } => None,
        }
    }

    fn after_millis(&self) -> Option<i64> {
        match self {
            ScheduleChange::After { millis, .. } => Some(*millis),
            ScheduleChange::At { .. }
            | ScheduleChange::Repeat { .. }
            | ScheduleChange::Cancel { .. } => None,
        }
    }

    /// The expression and the time zone.
    fn recurrence(&self) -> Option<(&str, &str)> {
        match self {
            ScheduleChange::Repeat {
                cron, time_zone, ..
            } => Some((cron, time_zone)),
            ScheduleChange::At { .. }
            | ScheduleChange::After { .. }
            | ScheduleChange::Cancel { .. } => None,
        }
    }

    fn payload(&self) -> Option<&[u8]> {
        match self {
            ScheduleChange::At { payload, .. }
            | ScheduleChange::After { payload, .. }
            | ScheduleChange::Repeat { payload, .. } => Some(payload),
            ScheduleChange::Cancel { .. } => None,
        }
    }
}
