//! Turns whose messages are not stored: see [`crate::turns::optimistic`].

use chrono::Utc;
use store::ids::{AgentId, ConversationId, TurnId};
use store::turns::{EndStatus, LoadedTurn, Whole};
use tracing::Span;
use tracing::field::display;

use super::{Inner, Job, Runner};
use crate::fault;
use crate::spans;
use crate::turns::optimistic::{Expected, LONGEST, Unstored};
use crate::turns::run::{Ran, Running};

impl Runner {
    /// Whether the turn of a message may run before it is stored.
    pub(in crate::turns) fn may_run_ahead(&self, expected: &Expected) -> bool {
        let (agent, version) = expected.agent();
        self.has_room() && self.inner.agents.is_simple(agent, version)
    }

    /// Lines up the turn of a message that is not stored.
    pub(in crate::turns) fn run_ahead(&self, unstored: Unstored) {
        let turn = unstored.turn();
        let agent = AgentId::from(turn.agent_id.unwrap_or_default());
        let unstored = Some(Box::new(unstored));
        self.fair().add(agent, Job { turn, unstored });
        self.pump();
    }
}

impl Inner {
    /// Runs the turn of a message that is not stored, and has both stored, or the message alone.
    pub(super) async fn ahead(&self, turn: &LoadedTurn, agent_id: AgentId, unstored: Unstored) {
        let Some(whole) = self.whole(turn, agent_id, &unstored).await else {
            return given_up(unstored).await;
        };
        let agent_version = whole.agent_version;
        let (started_at, guest_micros) = (whole.ended.started_at, whole.ended.guest_micros);
        let speech = whole.ended.speech.clone();
        if !self.optimist.commit(whole).await {
            return given_up(unstored).await;
        }
        fault::point("turn.committed");
        let waited = (started_at - turn.queued_at).to_std().unwrap_or_default();
        let took = (Utc::now() - started_at).to_std().unwrap_or_default();
        let status = EndStatus::Done;
        self.cx.metrics.turn_ended(status.as_str(), waited, took);
        spans::turn_took(waited, guest_micros);
        spans::turn_ended(status.as_str());
        unstored.is_stored(agent_version);
        // The message is new as well, whether or not anything is said to it.
        let conversation = ConversationId::from(turn.conversation_id);
        self.cx.live.changed(conversation);
        let waiting = self.waiters.take(turn.turn_id.into());
        if waiting.is_empty() && !speech.is_empty() {
            // Whoever waited has gone since.
            self.deliver_instead(turn)();
        }
        self.tell(turn, speech, status, waiting, false);
    }

    /// Runs the turn. None where it comes to anything but an answer that someone waits for, or takes long: so may the next ones.
    async fn whole(
        &self,
        turn: &LoadedTurn,
        agent_id: AgentId,
        unstored: &Unstored,
    ) -> Option<Box<Whole>> {
        let left = LONGEST.checked_sub((Utc::now() - turn.queued_at).to_std().ok()?)?;
        let read = (&self.cx.store, &self.cx.config.limits);
        let spec = self.agents.get(read, agent_id, turn).await.ok()??;
        if !spec.running {
            return None;
        }
        Span::current().record("cloister.project.id", display(spec.asked.project_id));
        let turn_id = TurnId::from(turn.turn_id);
        let awaited = || self.waiters.are_there(turn_id);
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
            _ => {
                spec.is_simple.no_more();
                return None;
            }
        };
        fault::point("turn.ended");
        unstored.whole(turn, spec.version, *ended).map(Box::new)
    }
}

async fn given_up(unstored: Unstored) {
    spans::turn_ended("given_back");
    unstored.store().await;
}
