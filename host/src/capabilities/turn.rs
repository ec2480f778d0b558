//! A turn as its capabilities see it: whose it is, and what it has done so far.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sandbox::types::Reply;
use store::Store;
use store::files::Workspace;
use store::ids::{AgentId, ConversationId, MessageId, OrganizationId, ProjectId, TurnId};
use store::turns::{AgentState, ScheduleChange};
use tracing::Span;
use uuid::Uuid;

use super::files::Files;
use super::http::{Journal, Reaching};
use super::model::{Asks, Lease};
use super::tools::{Toolbox, Using, Waiting};
use crate::context::Context;
use crate::live::Live;
use crate::service::outside::Outside;
use crate::service::providers::asked::Asked;
use crate::service::workspaces::Allowance;

/// One run of an agent on one event.
pub struct Turn {
    pub store: Store,
    pub live: Live,
    pub organization_id: OrganizationId,
    pub agent_id: AgentId,
    pub conversation_id: ConversationId,
    pub turn_id: TurnId,
    /// The message that the turn handles: history ends before it.
    pub message_id: Option<MessageId>,
    /// The thread of a session that it is in: history, and the conversation's memory, are the thread's own.
    pub chat_id: Option<Uuid>,
    /// What the agent's files may amount to.
    pub allowance: Allowance,
    /// What runs it, as far as spans tell.
    pub(super) span: Span,
    /// Whom it asks of language models.
    pub(super) asks: Option<Asks>,
    /// What it may reach outside.
    pub(super) reaching: Option<Reaching>,
    /// What it uses of tools.
    pub(super) using: Option<Using>,
    buffer: Mutex<Buffer>,
}

/// What a turn has done so far, and what takes effect when it commits.
#[derive(Debug, Default)]
pub struct Buffer {
    /// Changes of memory: `None` in the key is the agent's own state, `None` as the value a deletion.
    pub state: BTreeMap<(Option<ConversationId>, String), Option<Vec<u8>>>,
    /// What it knows of the agent's own state.
    pub agent_state: Option<AgentState>,
    /// Set where two reads of the agent's own state, or of a file, saw different ones: the run is void.
    pub torn: bool,
    /// Changes of timers, by name.
    pub schedules: BTreeMap<String, ScheduleChange>,
    /// Changes of the agent's files.
    pub files: Files,
    /// Messages for other conversations, or for its own ahead of its replies.
    pub spoken: Vec<Spoken>,
    /// The reply as far as it has come, where the agent tells.
    pub partial: Option<String>,
    /// The call before which someone is asked: the run ends with it, and the turn is run again.
    pub waits: Option<Waiting>,
    /// Log lines, which count even when the turn fails.
    pub log: Vec<Line>,
}

/// A message that answers nothing.
#[derive(Debug)]
pub struct Spoken {
    pub conversation_id: ConversationId,
    /// The thread of a session that it is said in.
    pub chat_id: Option<Uuid>,
    pub channel_kind: String,
    pub message_id: MessageId,
    pub reply: Reply,
}

/// A line for the agent's owner.
#[derive(Debug)]
pub struct Line {
    pub level: &'static str,
    pub message: String,
    pub fields: Vec<(String, String)>,
}

impl Turn {
    /// A turn that has done nothing yet.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is of another type, or named by it"
    )]
    pub fn new(
        (store, live): (Store, Live),
        organization_id: OrganizationId,
        agent_id: AgentId,
        conversation_id: ConversationId,
        turn_id: TurnId,
        message_id: Option<MessageId>,
        chat_id: Option<Uuid>,
        allowance: Allowance,
    ) -> Self {
        Self {
            store,
            live,
            organization_id,
            agent_id,
            conversation_id,
            turn_id,
            message_id,
            chat_id,
            allowance,
            span: Span::current(),
            asks: None,
            reaching: None,
            using: None,
            buffer: Mutex::default(),
        }
    }

    /// Where the agent's files are.
    pub fn workspace(&self) -> Workspace {
        Workspace {
            organization_id: self.organization_id,
            agent_id: self.agent_id,
        }
    }

    /// The same turn, of an agent that asks language models under this lease.
    pub fn asking(mut self, cx: &Context, asked: &Arc<Asked>, lease: Lease) -> Self {
        self.asks = Some(Asks::new(cx.clone(), asked.clone(), lease));
        self
    }

    /// The same turn, of an agent of a project that may reach this outside under this lease, with secrets or without.
    pub fn reaching(
        mut self,
        cx: &Context,
        outside: &Outside,
        has_secrets: bool,
        project_id: ProjectId,
        lease: Lease,
    ) -> Self {
        let journal = Journal::new(cx.clone(), project_id, lease);
        let reaching = Reaching::new(cx.clone(), outside.clone(), has_secrets, journal);
        self.reaching = Some(reaching);
        self
    }

    /// The same turn, of an agent that may use these tools under this lease.
    pub fn using(mut self, cx: &Context, toolbox: Toolbox, lease: Lease) -> Self {
        self.using = Some(Using::new(cx.clone(), toolbox, lease));
        self
    }

    /// What it has done so far. Never held over an await.
    pub fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what it has done, when it is over.
    pub fn finish(&self) -> Buffer {
        std::mem::take(&mut *self.buffer())
    }
}

impl Buffer {
    /// Notes the version of the agent's own state that was read.
    pub fn saw_agent_state(&mut self, version: i64) {
        match &self.agent_state {
            Some(seen) if seen.version != version => self.torn = true,
            Some(_) => {}
            None => {
                self.agent_state = Some(AgentState {
                    version,
                    written: false,
                })
            }
        }
    }
}
