//! Parking: a turn that may not call a tool before a person has said so. It stays at the head of its conversation, held by no one.

use std::time::Duration;

use store::ids::AgentId;
use store::journal::Leased;
use store::tool_calls::{self, Parked};
use store::turns::{Commit, EndStatus, LoadedTurn};
use tokio::sync::oneshot;

use super::Inner;
use crate::capabilities::Waiting;
use crate::fault;
use crate::spans;
use crate::turns::agents::Spec;
use crate::turns::run::carries;
use crate::turns::speech::question;
use crate::turns::until::until_done;
use crate::turns::waiters::Handed;

impl Inner {
    /// Asks, and lets the turn wait for the answer. Whoever waited for its replies gets the question instead.
    pub(super) async fn park(
        &self,
        turn: &LoadedTurn,
        (agent_id, spec): (AgentId, &Spec),
        waiting: &Waiting,
        waiters: Vec<oneshot::Sender<Handed>>,
    ) -> Option<Commit> {
        let is_carried = waiters.is_empty() && carries(&self.cx, &turn.channel_kind);
        let question = question(turn, waiting, is_carried);
        let leased = Leased {
            organization_id: turn.organization_id.into(),
            conversation_id: turn.conversation_id.into(),
            host: self.cx.host_id,
            fence: turn.fence,
            turn_id: turn.turn_id.into(),
            agent_id,
            project_id: waiting.project_id,
            module: spec.module(),
        };
        let time: Duration = self.cx.config.tools.approval_time;
        let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let parked = until_done(&self.cx, "have a turn wait", || {
            tool_calls::park(&self.cx.store, &leased, &waiting.asked, millis, &question)
        });
        let Parked { is_held, is_fresh } = parked.await?;
        if !is_held {
            return Some(Commit::Lost);
        }
        fault::point("turn.parked");
        spans::turn_ended("waits");
        tracing::info!(turn = %turn.turn_id, tool = waiting.asked.name, "a turn waits until someone has allowed a call");
        let said = if is_fresh { vec![question] } else { Vec::new() };
        self.tell(turn, said, EndStatus::Done, waiters, false);
        None
    }
}
