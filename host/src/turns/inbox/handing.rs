//! Handing over: a message that is stored took its conversation for this host, where that was idle, and its turn goes to the
//! runner as it is: nobody reads what was just written.

use std::sync::{Arc, OnceLock};

use chrono::Utc;
use store::inbox::{Receive, StoredMessage};
use store::turns::LoadedTurn;

use crate::live::Topic;
use crate::turns::runner::{Runner, WeakRunner};

/// The runner, once it runs. Weak: it has the context, and that has the inbox.
#[derive(Clone, Default)]
pub(in crate::turns) struct Hands(Arc<OnceLock<WeakRunner>>);

impl Hands {
    /// Says who runs turns from now on. The first one stays.
    pub(super) fn go_to(&self, runner: &Runner) {
        let _ = self.0.set(runner.downgrade());
    }

    /// Who runs turns, where anyone does.
    pub(super) fn runner(&self) -> Option<Runner> {
        self.0.get()?.upgrade()
    }
}

/// After a message was stored: wakes those who watch, and has its turn run.
pub(super) fn hand_over(runner: &Runner, receive: Receive, stored: &StoredMessage) {
    let live = &runner.context().live;
    live.changed(stored.conversation_id);
    let Some(turn) = &stored.turn else { return };
    live.changed(Topic::Turns(stored.conversation_id));
    if let Some(agent) = turn.agent_id {
        live.changed(Topic::AgentTurns(agent));
    }
    match turn.claimed {
        Some(fence) => runner.submit(loaded(receive, stored, turn.position, fence, turn)),
        // The end of the turn that is here sees this one.
        None if runner.has(stored.conversation_id) => {}
        None => runner.look(),
    }
}

/// The turn as a read of the tables would give it.
fn loaded(
    receive: Receive,
    stored: &StoredMessage,
    position: i64,
    fence: i64,
    turn: &store::inbox::QueuedTurn,
) -> LoadedTurn {
    let now = Utc::now();
    let event = receive.event(stored);
    LoadedTurn {
        organization_id: receive.organization_id.uuid(),
        conversation_id: stored.conversation_id.uuid(),
        channel_id: receive.channel_id.uuid(),
        channel_kind: stored.channel_kind.clone(),
        is_group: receive.is_group,
        title: stored.title.clone(),
        fence,
        position,
        turn_id: receive.turn_id.uuid(),
        agent_id: turn.agent_id.map(|id| id.uuid()),
        agent_version: turn.agent_version,
        attempts: 0,
        queued_at: now,
        message_id: Some(receive.message_id.uuid()),
        event,
        text: Some(receive.text),
        content: receive.content,
        sent_at: Some(now),
        chat_id: receive.chat_id.map(|id| id.uuid()),
        contact_id: Some(stored.contact_id.uuid()),
        platform_user_id: Some(receive.platform_user_id),
        display_name: stored.display_name.clone(),
        user_id: stored.user_id.map(|id| id.uuid()),
        module_digest: None,
        is_journaled: false,
    }
}
