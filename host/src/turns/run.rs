//! One run: the guest is given the event, and what it did becomes an ended turn, ready to be committed.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sandbox::types::Reply;
use sandbox::{Capabilities, LoadError, Module, Run, Stop, Usage};
use store::files::Workspace;
use store::ids::{AgentId, ContentId, ConversationId, MessageId, OrganizationId, TurnId, UserId};
use store::turns::{EndStatus, EndedTurn, LoadedTurn, StateChange};
use tracing::Instrument;

use super::agents::Spec;
use super::files;
use super::notices;
use super::signs::Signs;
use super::speech::{apology, canned, is_empty, speech_of};
use crate::capabilities::{self, Buffer, Lease, Toolbox, Turn, Waiting};
use crate::context::Context;
use crate::error::chain;
use crate::event::event_of;
use crate::journal;
use crate::spans;

/// What came of a run.
pub(super) enum Ran {
    /// The turn is over, one way or another.
    Ended(Box<EndedTurn>),
    /// Two reads of the agent's own state disagreed: run it again.
    Torn,
    /// Someone is asked before a call of a tool: again once they have answered.
    Waits(Box<Waiting>),
    /// Not the guest's fault, or the guest asked for it: later again.
    Again { after: Duration, why: String },
}

impl Ran {
    /// Whether something is said in the conversation: then that takes the place of what was shown of it so far.
    fn answers(&self) -> bool {
        match self {
            Ran::Ended(ended) => ended.speech.iter().any(|said| {
                said.conversation_id == ended.conversation_id && said.delivery_id.is_some()
            }),
            // The question takes the place of what was shown.
            Ran::Waits(_) => true,
            Ran::Torn | Ran::Again { .. } => false,
        }
    }
}

/// A turn with what the runner knows of it.
pub(super) struct Running<'a> {
    pub cx: &'a Context,
    pub turn: &'a LoadedTurn,
    pub spec: &'a Spec,
    pub agent_id: AgentId,
    /// Whether it was run a moment ago, and something may have been paid for, or sent.
    pub again: bool,
    /// Whether its message is not stored: then the agent has its log and nothing else, and a turn in which it asked for more
    /// does not count.
    pub is_ahead: bool,
    /// What is said ahead of the agent.
    pub words: &'a [Reply],
    /// Takes the callers who wait for the replies, and says whether there are any: then no one else has to carry the
    /// replies. Asked when there is something to say and not before, since a caller who was taken waits for the commit.
    pub awaited: &'a (dyn Fn() -> bool + Send + Sync),
}

/// How often a turn is tried again before it counts as failed.
pub(super) const TRIES: i16 = 5;

impl Running<'_> {
    /// Runs the agent on the event.
    pub(super) async fn run(&self) -> Ran {
        let started_at = Utc::now();
        let module = match self.module().await {
            Ok(module) => module,
            Err(Unloaded::Ours(why)) => return self.again(why, started_at),
            Err(Unloaded::Theirs { code, why }) => {
                return Ran::Ended(self.failed(
                    started_at,
                    &Usage::default(),
                    code,
                    why,
                    Vec::new(),
                ));
            }
        };
        let mut event = match event_of(self.turn, &self.spec.configuration) {
            Ok(event) => event,
            Err(error) => {
                return Ran::Ended(self.failed(
                    started_at,
                    &Usage::default(),
                    "event",
                    error.to_string(),
                    Vec::new(),
                ));
            }
        };
        let turn = Turn::new(
            (self.cx.store.clone(), self.cx.live.clone()),
            self.organization(),
            self.agent_id,
            self.conversation(),
            self.turn.turn_id.into(),
            self.turn.message_id.map(MessageId::from),
            self.turn.chat_id,
            self.spec.allowance,
        );
        let lease = Lease {
            fence: self.turn.fence,
            is_journaled: self.turn.is_journaled || self.again,
            module: self.spec.module(),
        };
        let turn = turn
            .asking(self.cx, &self.spec.asked, lease)
            .reaching(
                self.cx,
                &self.spec.outside,
                self.spec.has_secrets(),
                self.spec.asked.project_id,
                lease,
            )
            .using(self.cx, self.toolbox(), lease);
        let turn = Arc::new(turn);
        let mut granted = capabilities::granted(&turn, &self.spec.grants);
        if self.is_ahead {
            granted = Capabilities {
                log: granted.log,
                ..Capabilities::default()
            };
        }
        let signs = Signs::show(self.cx, self.turn);
        let ran = match files::bring(self.cx, self.turn, self.spec, &mut event).await {
            Ok(()) => {
                let most = self.cx.config.journal.most();
                let run = module.record(&event, granted, &self.spec.limits, most);
                let so_far = || turn.buffer().partial.take();
                let span = spans::sandbox();
                let along = notices::along(self.cx, self.turn, so_far, run);
                let (run, heard) = along.instrument(span.clone()).await;
                spans::sandbox_ended(&span, &run);
                if run.usage.host_calls > 0 {
                    self.spec.is_simple.no_more();
                }
                let kept = heard.and_then(|heard| {
                    let outcome = run.outcome.as_deref().map_err(Stop::code);
                    journal::write(&event, &heard, outcome, most)
                });
                self.over(started_at, run, kept, &turn).await
            }
            Err(why) => self.again(why, started_at),
        };
        signs.end(ran.answers()).await;
        ran
    }

    fn toolbox(&self) -> Toolbox {
        Toolbox {
            project_id: self.spec.asked.project_id,
            terms: self.spec.tools.clone(),
            grants: self.spec.grants.clone(),
            limits: self.spec.limits.clone(),
            speaker: self.turn.user_id.map(UserId::from),
        }
    }

    async fn module(&self) -> Result<Arc<Module>, Unloaded> {
        let Some(digest) = self.spec.digest else {
            return Err(Unloaded::Theirs {
                code: "no_module",
                why: "the agent has no module".to_owned(),
            });
        };
        let store = &self.cx.store;
        let organization = self.organization();
        let fetch =
            || async move { store::turns::component(store, organization, digest.as_bytes()).await };
        self.cx
            .engine
            .load(digest, fetch)
            .await
            .map_err(Unloaded::from)
    }

    /// What a run comes to: its replies are bound to the files that they name, and what it stored ahead goes where nothing
    /// comes of it.
    async fn over(
        &self,
        started_at: DateTime<Utc>,
        mut run: Run<Vec<Reply>>,
        kept: Option<Vec<u8>>,
        turn: &Turn,
    ) -> Ran {
        let mut buffer = turn.finish();
        if let Some(waiting) = buffer.waits.take() {
            // It does, and logs, all of this again.
            discard(self.cx, self.organization(), &buffer.files.staged).await;
            return Ran::Waits(Box::new(waiting));
        }
        let sent = match &mut run.outcome {
            Ok(replies) => files::attach(turn, self.spec, replies, &mut buffer).await,
            Err(_) => Ok(Vec::new()),
        };
        let staged = std::mem::take(&mut buffer.files.staged);
        let mut ran = match sent {
            Ok(sent) => self.ended(started_at, run, buffer, sent),
            Err(error) => self.again(error.to_string(), started_at),
        };
        if let Ran::Ended(ended) = &mut ran {
            ended.recording = kept;
        }
        if !matches!(&ran, Ran::Ended(ended) if ended.files.is_some()) {
            discard(self.cx, self.organization(), &staged).await;
        }
        ran
    }

    fn ended(
        &self,
        started_at: DateTime<Utc>,
        run: Run<Vec<Reply>>,
        mut buffer: Buffer,
        sent: Vec<ContentId>,
    ) -> Ran {
        let lines = std::mem::take(&mut buffer.log);
        // Of a run that is repeated, with all that it asks for, the next one says it.
        if !self.is_ahead || (run.outcome.is_ok() && run.usage.host_calls == 0) {
            super::log::write(
                self.cx,
                self.organization(),
                self.agent_id,
                self.turn.turn_id.into(),
                lines,
            );
        }
        if buffer.torn {
            // It failed, perhaps, for what it saw: that is no failure of the agent's.
            return Ran::Torn;
        }
        match run.outcome {
            Ok(replies) => {
                let done = self.done(started_at, &run.usage, replies, buffer, sent);
                Ran::Ended(Box::new(done))
            }
            Err(Stop::Failed(failure)) if failure.retryable && self.turn.attempts < TRIES => {
                Ran::Again {
                    after: back_off(self.turn.attempts),
                    why: failure.message,
                }
            }
            Err(stop) if stop.is_host_fault() => self.again(stop.to_string(), started_at),
            Err(stop) => {
                let why = match stop.backtrace() {
                    Some(backtrace) => format!("{stop}\n{backtrace}"),
                    None => stop.to_string(),
                };
                Ran::Ended(self.failed(started_at, &run.usage, stop.code(), why, Vec::new()))
            }
        }
    }

    fn done(
        &self,
        started_at: DateTime<Utc>,
        usage: &Usage,
        replies: Vec<Reply>,
        buffer: Buffer,
        sent: Vec<ContentId>,
    ) -> EndedTurn {
        let own = self.conversation();
        let carried = self.carried();
        let mut speech = canned(self.turn, self.words, carried);
        for spoken in buffer.spoken {
            let elsewhere = spoken.conversation_id != own;
            let carried = if elsewhere {
                carries(self.cx, &spoken.channel_kind)
            } else {
                carried
            };
            speech.push(speech_of(
                (spoken.conversation_id, spoken.chat_id),
                spoken.message_id,
                &spoken.reply,
                carried,
            ));
        }
        for reply in replies.iter().filter(|reply| !is_empty(reply)) {
            let place = (own, self.turn.chat_id);
            speech.push(speech_of(place, MessageId::new(), reply, carried));
        }
        let state = buffer
            .state
            .into_iter()
            .map(|((conversation_id, key), value)| StateChange {
                conversation_id,
                key,
                value,
            })
            .collect();
        let workspace = Workspace {
            organization_id: self.organization(),
            agent_id: self.agent_id,
        };
        let quota = self.spec.allowance.quota;
        EndedTurn {
            status: EndStatus::Done,
            files: buffer.files.changes(workspace, quota, sent),
            agent_state: buffer.agent_state,
            speech,
            state,
            schedules: buffer.schedules.into_values().collect(),
            ..self.nothing(started_at, usage)
        }
    }

    /// A turn that failed: nothing that it did counts, and the contact gets an apology where a message waits for one.
    pub(super) fn failed(
        &self,
        started_at: DateTime<Utc>,
        usage: &Usage,
        code: &str,
        why: String,
        mut speech: Vec<store::turns::Speech>,
    ) -> Box<EndedTurn> {
        if self.turn.message_id.is_some() {
            let carried = self.carried();
            speech.extend(canned(self.turn, self.words, carried));
            speech.push(speech_of(
                (self.conversation(), self.turn.chat_id),
                MessageId::new(),
                &apology(),
                carried,
            ));
        }
        Box::new(EndedTurn {
            status: EndStatus::Failed,
            error_code: Some(code.to_owned()),
            error: Some(crate::content::without_nul(&why)),
            speech,
            ..self.nothing(started_at, usage)
        })
    }

    /// Later again, or failed for good where it has been tried often enough.
    fn again(&self, why: String, started_at: DateTime<Utc>) -> Ran {
        if self.turn.attempts < TRIES {
            return Ran::Again {
                after: back_off(self.turn.attempts),
                why,
            };
        }
        Ran::Ended(self.failed(started_at, &Usage::default(), "host", why, Vec::new()))
    }

    fn nothing(&self, started_at: DateTime<Utc>, usage: &Usage) -> EndedTurn {
        EndedTurn {
            organization_id: self.organization(),
            conversation_id: self.conversation(),
            position: self.turn.position,
            fence: self.turn.fence,
            turn_id: TurnId::from(self.turn.turn_id),
            agent_id: Some(self.agent_id),
            status: EndStatus::Skipped,
            module_digest: self.spec.digest.map(|digest| digest.as_bytes().to_vec()),
            started_at,
            guest_micros: i64::try_from(usage.guest_time.as_micros()).unwrap_or(i64::MAX),
            host_calls: i32::try_from(usage.host_calls).unwrap_or(i32::MAX),
            memory_peak: i64::try_from(usage.memory_peak).unwrap_or(i64::MAX),
            error_code: None,
            error: None,
            agent_state: None,
            chat_id: self.turn.chat_id,
            speech: Vec::new(),
            state: Vec::new(),
            schedules: Vec::new(),
            files: None,
            recording: None,
        }
    }

    fn carried(&self) -> bool {
        !(self.awaited)() && carries(self.cx, &self.turn.channel_kind)
    }

    fn organization(&self) -> OrganizationId {
        self.turn.organization_id.into()
    }

    fn conversation(&self) -> ConversationId {
        self.turn.conversation_id.into()
    }
}

/// Why a module could not be had: through the host's fault, which may pass, or because of what it is.
enum Unloaded {
    Ours(String),
    Theirs { code: &'static str, why: String },
}

impl From<LoadError> for Unloaded {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Refused(refusal) if !refusal.is_host_fault() => Unloaded::Theirs {
                code: refusal.code(),
                why: refusal.to_string(),
            },
            // Also a compiler that could not be run: it may be back for the next try.
            error => Unloaded::Ours(chain(&error)),
        }
    }
}

/// Whether messages on channels of this kind are brought to a platform, rather than fetched by their readers.
pub(super) fn carries(cx: &Context, kind: &str) -> bool {
    kind.parse()
        .ok()
        .and_then(|kind| cx.drivers.get(kind))
        .is_some_and(|driver| driver.carries())
}

/// Takes away what a turn stored ahead and does not need. Where that fails, cleaning does it later.
pub(super) async fn discard(cx: &Context, owner: OrganizationId, contents: &[ContentId]) {
    if let Err(error) = store::files::discard(&cx.store, owner, contents).await {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "what a turn stored ahead stays for a while"
        );
    }
}

fn back_off(attempts: i16) -> Duration {
    let doubled = 1_u64 << attempts.clamp(0, 6);
    Duration::from_secs(doubled)
}

/// The end of a turn whose agent is gone.
pub(super) fn skipped(turn: &LoadedTurn) -> Box<EndedTurn> {
    Box::new(EndedTurn {
        organization_id: turn.organization_id.into(),
        conversation_id: turn.conversation_id.into(),
        position: turn.position,
        fence: turn.fence,
        turn_id: turn.turn_id.into(),
        agent_id: turn.agent_id.map(AgentId::from),
        status: EndStatus::Skipped,
        module_digest: None,
        started_at: Utc::now(),
        guest_micros: 0,
        host_calls: 0,
        memory_peak: 0,
        error_code: Some("no_agent".to_owned()),
        error: Some("the agent was deleted".to_owned()),
        agent_state: None,
        chat_id: turn.chat_id,
        speech: Vec::new(),
        state: Vec::new(),
        schedules: Vec::new(),
        files: None,
        recording: None,
    })
}

#[cfg(test)]
mod tests {
    use sandbox::Refusal;

    use super::*;

    #[test]
    fn a_compiler_that_cannot_be_run_is_not_the_modules_fault() {
        let message = "No space left on device".to_owned();
        let failed = Unloaded::from(LoadError::Refused(Refusal::CompilerFailed { message }));
        assert!(matches!(failed, Unloaded::Ours(why) if why.contains("No space left")));
        let refused = Unloaded::from(LoadError::Refused(Refusal::NoExport));
        assert!(matches!(
            refused,
            Unloaded::Theirs {
                code: "no_export",
                ..
            }
        ));
    }
}
