//! A stand-in answers a module that is tried on a turn which another one ran. What the turn asked in the same words is answered
//! from its journal; what is changed is remembered for the rest of the replay and then forgotten; memory is read as it is now,
//! and the past as it was then. What it cannot know, an answer of a model above all, it says so of, and the replay is
//! [`Unanswered`](super::Verdict::Unanswered).

mod outside;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sandbox::types::{
    Due, Entry, Error, ErrorCode, FileEntry, Level, Recurrence as Repeating, Reply, ScheduleEntry,
    Scope,
};
use sandbox::{Capabilities, Deck, History, Log, Outbox, Progress, Schedule, State, Workspace};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::Store;
use store::ids::{ConversationId, MessageId};
use store::state::Owner;
use store::turns::PastTurn;
use uuid::Uuid;

use super::Now;
use super::outcome::Replay;
use crate::content::past_entry;
use crate::context::Context;
use crate::recurrence::{Mistake, Recurrence};

type Answer<T> = Result<T, Error>;

/// Messages, or keys, that are read at once.
const MOST: u32 = 1_000;

/// Stands in for the host during one replay.
pub(super) struct Standin {
    store: Store,
    owner: Owner,
    conversation: ConversationId,
    chat: Option<Uuid>,
    message: Option<MessageId>,
    queued_at: DateTime<Utc>,
    deck: Deck,
    log: Arc<Lines>,
    done: Mutex<Done>,
}

/// What became known, and what was done.
#[derive(Default)]
struct Done {
    state: BTreeMap<(Option<ConversationId>, String), Option<Vec<u8>>>,
    notes: BTreeSet<String>,
    unanswered: Option<String>,
}

impl Standin {
    pub(super) fn new(cx: &Context, agent: &Now, past: &PastTurn, deck: Deck) -> Self {
        let conversation = past.turn.conversation_id.into();
        Self {
            store: cx.store.clone(),
            owner: Owner {
                organization_id: agent.owner,
                agent_id: agent.id,
                conversation_id: None,
            },
            conversation,
            chat: past.turn.chat_id,
            message: past.turn.message_id.map(MessageId::from),
            queued_at: past.turn.queued_at,
            deck,
            log: Arc::default(),
            done: Mutex::default(),
        }
    }

    /// What the agent is granted now.
    pub(super) fn granted(self: &Arc<Self>, agent: &Now) -> Capabilities {
        let has = |name: &str| agent.is_granted(name);
        Capabilities {
            log: has("log").then(|| self.log.clone() as _),
            state: has("state").then(|| self.clone() as _),
            history: has("history").then(|| self.clone() as _),
            progress: has("progress").then(|| self.clone() as _),
            schedule: has("schedule").then(|| self.clone() as _),
            outbox: has("outbox").then(|| self.clone() as _),
            workspace: has("workspace").then(|| self.clone() as _),
            projects: None,
            model: has("model").then(|| self.clone() as _),
            tools: has("tools").then(|| self.clone() as _),
            secrets: has("secrets").then(|| self.clone() as _),
            http: has("http").then(|| self.clone() as _),
        }
    }

    /// Tells what it noted; what no one could answer, as a sentence.
    pub(super) fn finish(&self, replay: &mut Replay) -> Option<String> {
        let done = std::mem::take(&mut *self.done());
        replay.notes.extend(done.notes);
        replay.log = self.log.take();
        done.unanswered
    }

    fn done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known<I: Serialize, T: DeserializeOwned>(&self, name: &str, input: &I) -> Option<T> {
        self.deck.take(name, input)
    }

    fn note(&self, note: String) {
        self.done().notes.insert(note);
    }

    /// Notes that no one knows what it was answered, the first time.
    fn unknown(&self, what: String) -> String {
        let why = format!(
            "It {what}, which the turn did not in the same words: what it would have said then is not known."
        );
        self.done().unanswered.get_or_insert_with(|| why.clone());
        why
    }

    fn unavailable<T>(&self, what: String) -> Answer<T> {
        Err(Error {
            code: ErrorCode::Unavailable,
            message: self.unknown(what),
        })
    }

    fn scoped(&self, scope: Scope) -> Owner {
        let thread = self.chat.map_or(self.conversation, ConversationId::from);
        Owner {
            conversation_id: matches!(scope, Scope::Conversation).then_some(thread),
            ..self.owner
        }
    }
}

fn lost(error: store::StoreError) -> Error {
    tracing::warn!(
        cause = crate::error::chain(&error),
        "a replay could not reach the store"
    );
    Error {
        code: ErrorCode::Unavailable,
        message: "The host cannot reach its database; try again later.".to_owned(),
    }
}

#[async_trait]
impl State for Standin {
    async fn get(&self, scope: Scope, key: String) -> Answer<Option<Vec<u8>>> {
        let owner = self.scoped(scope);
        let place = (owner.conversation_id, key);
        let own = self.done().state.get(&place).cloned();
        if let Some(value) = own {
            return Ok(value);
        }
        if let Some(answer) = self.known("state.get", &(scope, &place.1)) {
            return answer;
        }
        self.note(format!("`{}` of its memory is read as it is now.", place.1));
        let read = store::state::get(&self.store, owner, &place.1).await;
        Ok(read.map_err(lost)?.value)
    }

    async fn set(&self, scope: Scope, key: String, value: Vec<u8>) -> Answer<()> {
        let place = (self.scoped(scope).conversation_id, key);
        self.done().state.insert(place, Some(value));
        Ok(())
    }

    async fn delete(&self, scope: Scope, key: String) -> Answer<bool> {
        let was = self.get(scope, key.clone()).await?.is_some();
        let place = (self.scoped(scope).conversation_id, key);
        self.done().state.insert(place, None);
        Ok(was)
    }

    async fn keys(
        &self,
        scope: Scope,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Answer<Vec<String>> {
        let owner = self.scoped(scope);
        let known: Option<Answer<Vec<String>>> =
            self.known("state.keys", &(scope, &prefix, &after, limit));
        let stored: Vec<String> = match known {
            Some(answer) => answer?,
            None => {
                self.note(format!(
                    "Keys of its memory that begin with `{prefix}` are read as they are now."
                ));
                let limit = i64::from(limit.min(MOST));
                let read =
                    store::state::keys(&self.store, owner, &prefix, after.as_deref(), limit).await;
                read.map_err(lost)?.1
            }
        };
        let mut keys: BTreeSet<String> = stored.into_iter().collect();
        for ((conversation, key), value) in &self.done().state {
            let is_asked = *conversation == owner.conversation_id
                && key.starts_with(&prefix)
                && after.as_ref().is_none_or(|after| key > after);
            match value {
                Some(_) if is_asked => drop(keys.insert(key.clone())),
                None => drop(keys.remove(key)),
                Some(_) => {}
            }
        }
        Ok(keys.into_iter().take(limit as usize).collect())
    }
}

#[async_trait]
impl History for Standin {
    async fn recent(&self, limit: u32, before: Option<String>) -> Answer<Vec<Entry>> {
        if let Some(answer) = self.known("history.recent", &(limit, &before)) {
            return answer;
        }
        let before = match before {
            Some(text) => match text.parse() {
                Ok(id) => Some(id),
                Err(_) => return self.unavailable(format!("asks for what was before `{text}`")),
            },
            None => self.message,
        };
        let past = store::turns::past(
            &self.store,
            self.owner.organization_id,
            (self.conversation, self.chat),
            before,
            i64::from(limit.min(MOST)),
        );
        let past = past.await.map_err(lost)?;
        Ok(past.into_iter().rev().map(past_entry).collect())
    }
}

#[async_trait]
impl Progress for Standin {
    async fn typing(&self) -> Answer<()> {
        Ok(())
    }

    async fn partial(&self, _: String) -> Answer<()> {
        Ok(())
    }
}

#[async_trait]
impl Schedule for Standin {
    async fn set(&self, _: String, _: Due, _: Vec<u8>) -> Answer<()> {
        Ok(())
    }

    async fn repeat(
        &self,
        name: String,
        cron: String,
        time_zone: String,
        payload: Vec<u8>,
    ) -> Answer<u64> {
        let known = self.known("schedule.repeat", &(&name, &cron, &time_zone, &payload));
        match known {
            Some(answer) => answer,
            None => first_slot(cron, time_zone, self.queued_at).await,
        }
    }

    async fn cancel(&self, name: String) -> Answer<bool> {
        let known = self.known("schedule.cancel", &(&name,));
        known.unwrap_or_else(|| self.unavailable(format!("cancels the timer `{name}`")))
    }

    async fn entries(&self) -> Answer<Vec<ScheduleEntry>> {
        let known = self.known("schedule.entries", &());
        known.unwrap_or_else(|| self.unavailable("asks for its timers".to_owned()))
    }

    async fn recurrences(&self) -> Answer<Vec<Repeating>> {
        let known = self.known("schedule.recurrences", &());
        known.unwrap_or_else(|| self.unavailable("asks for its timers".to_owned()))
    }
}

/// The first slot of a recurrence after a time, as the turn would have been told it.
async fn first_slot(cron: String, time_zone: String, after: DateTime<Utc>) -> Answer<u64> {
    let refused = |message: String| Error {
        code: ErrorCode::Invalid,
        message,
    };
    let looked = tokio::task::spawn_blocking(move || {
        let recurrence = Recurrence::parse(&cron, &time_zone)?;
        let first = recurrence.after(after);
        first.ok_or(Mistake::Never { given: cron })
    });
    let found = looked.await.map_err(|error| refused(error.to_string()))?;
    let first = found.map_err(|mistake| refused(format!("{mistake}.")))?;
    Ok(u64::try_from(first.timestamp_millis()).unwrap_or_default())
}

#[async_trait]
impl Outbox for Standin {
    async fn send(&self, conversation: String, reply: Reply) -> Answer<String> {
        if let Some(answer) = self.known("outbox.send", &(&conversation, &reply)) {
            return answer;
        }
        self.note(format!("It would say in {conversation}: {}", reply.text));
        Ok(MessageId::new().uuid().to_string())
    }
}

#[async_trait]
impl Workspace for Standin {
    async fn entries(
        &self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Answer<Vec<FileEntry>> {
        let known = self.known("workspace.entries", &(&prefix, &after, limit));
        known.unwrap_or_else(|| self.unavailable(format!("lists the files of `{prefix}`")))
    }

    async fn stat(&self, path: String) -> Answer<FileEntry> {
        let known = self.known("workspace.stat", &(&path,));
        known.unwrap_or_else(|| self.unavailable(format!("looks at the file `{path}`")))
    }

    async fn read(&self, path: String, offset: u64, length: u32) -> Answer<Vec<u8>> {
        let known = self.known("workspace.read", &(&path, offset, length));
        known.unwrap_or_else(|| self.unavailable(format!("reads the file `{path}`")))
    }

    async fn write(&self, _: String, _: Vec<u8>, _: Option<String>) -> Answer<()> {
        Ok(())
    }

    async fn append(&self, _: String, _: Vec<u8>) -> Answer<()> {
        Ok(())
    }

    async fn delete(&self, path: String) -> Answer<bool> {
        let known = self.known("workspace.delete", &(&path,));
        known.unwrap_or_else(|| self.unavailable(format!("deletes the file `{path}`")))
    }
}

/// What is logged during a replay.
#[derive(Default)]
pub(super) struct Lines(Mutex<Vec<String>>);

impl Lines {
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Log for Lines {
    fn write(&self, level: Level, message: String, fields: Vec<(String, String)>) {
        let fields: String = fields
            .iter()
            .map(|(name, value)| format!(" {name}={value}"))
            .collect();
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        let line = format!("{level} {message}{fields}");
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }
}
