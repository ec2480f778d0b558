//! Turns whose messages are not stored: see [`crate::turns::optimistic`].

use std::sync::{Mutex, PoisonError};

use chrono::Utc;
use store::ids::{AgentId, ConversationId, TurnId};
use store::turns::{EndStatus, LoadedTurn, Whole};
use tracing::Span;
use tracing::field::display;

use super::{Inner, Runner};
use crate::fault;
use crate::spans;
use crate::turns::optimistic::{Expected, LONGEST, Unstored};
use crate::turns::run::{Ran, Running};
use crate::turns::waiters::Held;

impl Runner {
    /// Whether the turn of a message may run before it is stored.
    pub(in crate::turns) fn may_run_ahead(&self, expected: &Expected) -> bool {
        let (agent, version) = expected.agent();
        !self.inner.cx.tasks.is_stopping() && self.inner.agents.is_simple(agent, version)
    }

    /// Runs the turn of a message that is not stored, and has both stored, or the message alone. The message comes back where
    /// the turn would have to wait: that is for those that are stored.
    pub(in crate::turns) fn run_ahead(&self, unstored: Box<Unstored>) -> Result<(), Box<Unstored>> {
        let agent = unstored.agent();
        if !self.fair().begin(agent) {
            return Err(unstored);
        }
        self.start_one(unstored.turn(), agent, Some(unstored));
        Ok(())
    }
}

impl Inner {
    /// Runs the turn of a message that is not stored, and has both stored, or the message alone.
    pub(super) async fn ahead(&self, turn: &LoadedTurn, agent_id: AgentId, unstored: Unstored) {
        let turn_id = TurnId::from(turn.turn_id);
        // Those who are answered by this run, if it counts.
        let held = Mutex::new(Held::default());
        let Some(whole) = self.whole(turn, agent_id, &unstored, &held).await else {
            return self.give_up(turn_id, unstored, held).await;
        };
        let agent_version = whole.agent_version;
        let (started_at, guest_micros) = (whole.ended.started_at, whole.ended.guest_micros);
        let speech = whole.ended.speech.clone();
        if !self.optimist.commit(whole).await {
            return self.give_up(turn_id, unstored, held).await;
        }
        fault::point("turn.committed");
        let waited = (started_at - turn.queued_at).to_std().unwrap_or_default();
        let took = (Utc::now() - started_at).to_std().unwrap_or_default();
        let status = EndStatus::Done;
        self.cx.metrics.turn_ended(status.as_str(), waited, took);
        spans::turn_took(waited, guest_micros);
        spans::turn_ended(status.as_str());
        unstored.confirm(agent_version);
        // The message is new as well, whether or not anything is said to it.
        let conversation = ConversationId::from(turn.conversation_id);
        self.cx.live.changed(conversation);
        let mut held = held.into_inner().unwrap_or_else(PoisonError::into_inner);
        held.extend(self.waiters.hold(turn_id));
        self.tell(turn, speech, status, held.into_senders(), false);
    }

    async fn give_up(&self, turn_id: TurnId, unstored: Unstored, held: Mutex<Held>) {
        spans::turn_ended("given_back");
        let held = held.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.waiters.put_back(turn_id, held);
        unstored.store().await;
    }

    /// Runs the turn. None where it comes to anything but an answer that someone waits for, or takes long: so may the next ones.
    async fn whole(
        &self,
        turn: &LoadedTurn,
        agent_id: AgentId,
        unstored: &Unstored,
        held: &Mutex<Held>,
    ) -> Option<Box<Whole>> {
        let left = LONGEST.checked_sub((Utc::now() - turn.queued_at).to_std().ok()?)?;
        let read = (&self.cx.store, &self.cx.config.limits);
        let spec = self.agents.get(read, agent_id, turn).await.ok()??;
        if !spec.running {
            return None;
        }
        Span::current().record("cloister.project.id", display(spec.asked.project_id));
        let awaited = || {
            let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
            held.extend(self.waiters.hold(turn.turn_id.into()));
            !held.is_empty()
        };
        fault::point("turn.started");
        let running = Running {
            cx: &self.cx,
            turn,
            spec: &spec,
            agent_id,
            again: false,
            is_ahead: true,
            words: &[],
            awaited: &awaited,
        };
        let ended = match tokio::time::timeout(left, running.run()).await {
            Ok(Ran::Ended(ended)) if Whole::only_answers(&ended) => ended,
            // It asked for more, which was noted, or no one waits any more.
            Ok(Ran::Ended(ended)) if ended.status == EndStatus::Done => return None,
            _ => {
                spec.is_simple.no_more();
                return None;
            }
        };
        fault::point("turn.ended");
        unstored.whole(turn, spec.version, *ended).map(Box::new)
    }
}
