//! Optimistic turns, which run before their messages are stored. Many agents do no more than answer, and most messages that someone
//! waits to have answered are of people who talk as usual, in a chat that is idle. Then the turn is run first, with nothing
//! that reaches anything before it is committed, and message, turn and replies are stored by one statement in place of two.
//!
//! It is a guess: by how the chat was found when it spoke last, which the statement holds against what is true, and by what the
//! agent's turns have been so far. Where something is not as expected, where the agent asks for more than its log, or takes
//! long, nothing has happened: the message goes the way of all others. A host that dies meanwhile has acknowledged nothing, as
//! before any other message is stored.

mod chats;

use std::time::Duration;

use chrono::Utc;
use store::StoreError;
use store::ids::AgentId;
use store::inbox::{QueuedTurn, Receive, Received, StoredMessage};
use store::turns::{LoadedTurn, Whole};
use tokio::sync::oneshot;
use tracing::Instrument;

pub(super) use self::chats::Chats;
use super::batch::{Batcher, Batches, batcher};
use super::inbox::Arriving;
use crate::context::Context;
use crate::spans;

/// How long a turn may take, from when its message came: one that takes longer is run again, once its message is stored.
pub(super) const LONGEST: Duration = Duration::from_millis(50);
/// Turns of one statement.
const BATCH: usize = 128;
const WAITING: usize = 1_024;
/// How long it waits before it tries again to reach the database, and how often it tries.
const PAUSE: Duration = Duration::from_millis(200);
const TRIES: usize = 3;

/// A message that is not stored, and how its chat is expected to be found.
pub(super) struct Unstored {
    arriving: Arriving,
    expected: Expected,
    /// The way of all other messages.
    arrivals: Batcher<Arriving>,
}

/// How a chat is expected to be found by its next message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    /// As the message before was stored.
    last: StoredMessage,
    /// Of the turn before.
    position: i64,
    agent_id: AgentId,
    agent_version: i64,
}

impl Expected {
    /// What is expected after a message of someone who talks as usual in a direct chat; none where nothing can be.
    pub(super) fn after(stored: &StoredMessage) -> Option<Expected> {
        let turn = stored.turn.as_ref()?;
        if !turn.agent_runs || stored.title.is_some() || stored.user_id.is_none() {
            return None;
        }
        Some(Expected {
            position: turn.position,
            agent_id: turn.agent_id?,
            agent_version: turn.agent_version?,
            last: stored.clone(),
        })
    }

    /// Who will answer, as of this version.
    pub(super) fn agent(&self) -> (AgentId, i64) {
        (self.agent_id, self.agent_version)
    }

    /// Whether a message may be run by this before it is stored.
    pub(super) fn is_for(&self, receive: &Receive) -> bool {
        receive.is_usual
            && !receive.is_group
            && receive.content.is_none()
            && receive.title.is_none()
            && receive.chat_id.is_none()
            && receive.account.is_none()
            && receive.route == Default::default()
            && (receive.display_name.is_none() || receive.display_name == self.last.display_name)
    }
}

impl Unstored {
    pub(super) fn new(
        arriving: Arriving,
        expected: Expected,
        arrivals: Batcher<Arriving>,
    ) -> Unstored {
        Unstored {
            arriving,
            expected,
            arrivals,
        }
    }

    /// Who is expected to answer.
    pub(super) fn agent(&self) -> AgentId {
        self.expected.agent_id
    }

    /// Its turn, as it would be read if it were stored.
    pub(super) fn turn(&self) -> LoadedTurn {
        let (receive, last) = (&self.arriving.receive, &self.expected.last);
        let now = Utc::now();
        LoadedTurn {
            organization_id: receive.organization_id.uuid(),
            conversation_id: last.conversation_id.uuid(),
            channel_id: receive.channel_id.uuid(),
            channel_kind: last.channel_kind.clone(),
            is_group: false,
            title: None,
            // No one holds the conversation.
            fence: 0,
            position: self.expected.position + 1,
            turn_id: receive.turn_id.uuid(),
            agent_id: Some(self.expected.agent_id.uuid()),
            agent_version: Some(self.expected.agent_version),
            attempts: 0,
            queued_at: now,
            message_id: Some(receive.message_id.uuid()),
            event: None,
            text: Some(receive.text.clone()),
            content: None,
            sent_at: Some(now),
            chat_id: None,
            contact_id: Some(last.contact_id.uuid()),
            platform_user_id: Some(receive.platform_user_id.clone()),
            display_name: last.display_name.clone(),
            user_id: last.user_id.map(|id| id.uuid()),
            module_digest: None,
            is_journaled: false,
        }
    }

    /// Message and turn in one. None where the sender has no account, which is never expected.
    pub(super) fn whole(
        &self,
        turn: &LoadedTurn,
        agent_version: i64,
        ended: store::turns::EndedTurn,
    ) -> Option<Whole> {
        let last = &self.expected.last;
        let waited = (Utc::now() - turn.queued_at).num_microseconds();
        Some(Whole {
            receive: self.arriving.receive.clone(),
            contact_id: last.contact_id,
            display_name: last.display_name.clone(),
            user_id: last.user_id?,
            agent_id: self.expected.agent_id,
            agent_version,
            waited_micros: waited.unwrap_or_default().max(0),
            ended,
        })
    }

    /// After it was stored with its turn: tells its sender's side so.
    pub(super) fn confirm(self, agent_version: i64) {
        let stored = StoredMessage {
            turn: Some(QueuedTurn {
                position: self.expected.position + 1,
                agent_id: Some(self.expected.agent_id),
                agent_version: Some(agent_version),
                agent_runs: true,
                claimed: None,
            }),
            ..self.expected.last
        };
        let _ = self.arriving.stored.send(Ok(Received::Stored(stored)));
    }

    /// Sends it the way of all others. Where the host is stopping it goes unacknowledged.
    pub(super) async fn store(self) {
        let _ = self.arrivals.add(self.arriving).await;
    }
}

/// The way to the statement. Cheap to clone.
#[derive(Clone)]
pub(super) struct Optimist {
    wholes: Batcher<Ending>,
}

struct Ending {
    whole: Box<Whole>,
    committed: oneshot::Sender<bool>,
}

impl Optimist {
    /// Starts the one who writes. It ends when the last optimist is dropped.
    pub(super) fn start(cx: &Context) -> Optimist {
        let (wholes, ended) = batcher(WAITING);
        let context = cx.clone();
        cx.tasks
            .spawn("optimist", async move { run(&context, ended).await });
        Optimist { wholes }
    }

    /// Stores a message with what its turn came to, and waits until both are durable. `false`: nothing of it was stored.
    pub(super) async fn commit(&self, whole: Box<Whole>) -> bool {
        let span = spans::commit();
        let (committed, answer) = oneshot::channel();
        let ending = Ending { whole, committed };
        let is_stored = async {
            let is_added = self.wholes.add(ending).await.is_ok();
            is_added && answer.await.unwrap_or(false)
        };
        let is_stored = is_stored.instrument(span.clone()).await;
        let outcome = if is_stored { "done" } else { "lost" };
        span.record("cloister.commit.outcome", outcome);
        is_stored
    }
}

async fn run(cx: &Context, ended: Batches<Ending>) {
    let key = |ending: &Ending| ending.whole.ended.conversation_id;
    ended
        .run(BATCH, std::future::pending(), key, |batch| write(cx, batch))
        .await;
}

async fn write(cx: &Context, batch: Vec<Ending>) {
    let (wholes, answers): (Vec<Whole>, Vec<_>) = batch
        .into_iter()
        .map(|ending| (*ending.whole, ending.committed))
        .unzip();
    let stored = match write_all(cx, &wholes).await {
        Ok(stored) => stored,
        // Each finds out for itself, on the way of all others.
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                turns = wholes.len(),
                "the database refused messages with their turns; they are stored first"
            );
            vec![false; answers.len()]
        }
    };
    for (answer, stored) in answers.into_iter().zip(stored) {
        let _ = answer.send(stored);
    }
}

/// Writes, and where the database cannot be reached, a few times: whoever sent a message is told soon that it was not stored. An
/// attempt whose answer was lost may have counted: then the turn is there.
async fn write_all(cx: &Context, wholes: &[Whole]) -> Result<Vec<bool>, StoreError> {
    let mut tries = 1;
    let mut stored = loop {
        match store::turns::commit_whole(&cx.store, wholes).await {
            Ok(stored) => break stored,
            Err(error) if error.is_transient() && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    };
    if tries > 1 {
        for (whole, stored) in wholes.iter().zip(&mut stored) {
            let (owner, turn) = (whole.ended.organization_id, whole.ended.turn_id);
            *stored |= store::turns::status(&cx.store, owner, turn)
                .await?
                .is_some();
        }
    }
    Ok(stored)
}
