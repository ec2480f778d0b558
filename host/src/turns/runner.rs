//! The runner: runs the turn at the head of each conversation that this host holds, fairly between agents, and goes on
//! with the next one of the same conversation.

mod optimistic;
mod park;
mod place;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use chrono::Utc;
use sandbox::types::Reply;
use store::ids::{AgentId, ConversationId, OrganizationId, TurnId};
use store::turns::{Commit, EndStatus, LoadedTurn};
use tokio::sync::oneshot;
use tracing::field::display;
use tracing::{Instrument, Span};

use self::place::Place;
use super::Signals;
use super::agents::{Agents, Spec};
use super::commit::Committer;
use super::fair::Fair;
use super::held::Held;
use super::optimistic::{Optimist, Unstored};
use super::run::{Ran, Running, carries, discard, skipped};
use super::speech::{APOLOGY, canned, host_words, stored_reply};
use super::until::until_done;
use super::waiters::{Handed, Waiters};
use crate::context::Context;
use crate::error::Error;
use crate::fault;
use crate::gather::Gather;
use crate::inbound::Answer;
use crate::live::Topic;
use crate::spans;
use crate::workflow::Canned;

/// Turns that may wait in memory; more stay in the table, where any host finds them.
const WAITING: usize = 4_096;
/// An agent of whom so many wait in memory is left out when turns are claimed.
const CROWDED: usize = 256;
/// How often a turn is run again at once because its agent's own state moved under it.
const CONFLICTS: usize = 20;

/// A runner that may be gone.
pub(super) struct WeakRunner(Weak<Inner>);

impl WeakRunner {
    pub(super) fn upgrade(&self) -> Option<Runner> {
        self.0.upgrade().map(|inner| Runner { inner })
    }
}

/// The runner of this host. Cheap to clone.
#[derive(Clone)]
pub(super) struct Runner {
    inner: Arc<Inner>,
}

struct Inner {
    cx: Context,
    agents: Agents,
    fair: Mutex<Fair<LoadedTurn>>,
    held: Held,
    waiters: Waiters,
    signals: Arc<Signals>,
    committer: Committer,
    optimist: Optimist,
    nexts: Gather<(OrganizationId, ConversationId), Option<Box<LoadedTurn>>>,
    /// Turns that lost a race for their agent's own state run one at a time; agents share few locks.
    contended: [tokio::sync::Mutex<()>; 64],
}

impl Runner {
    pub(super) fn start(cx: Context, waiters: Waiters, signals: Arc<Signals>) -> Runner {
        let (committer, optimist) = (Committer::start(&cx), Optimist::start(&cx));
        let fair = Fair::new(
            cx.config.work.turn_workers.into(),
            cx.config.work.agent_turns.into(),
        );
        let inner = Inner {
            agents: Agents::default(),
            fair: Mutex::new(fair),
            held: Held::default(),
            waiters,
            signals,
            committer,
            optimist,
            nexts: Gather::default(),
            contended: std::array::from_fn(|_| tokio::sync::Mutex::default()),
            cx,
        };
        Runner {
            inner: Arc::new(inner),
        }
    }

    pub(super) fn downgrade(&self) -> WeakRunner {
        WeakRunner(Arc::downgrade(&self.inner))
    }

    /// What the host is.
    pub(super) fn context(&self) -> &Context {
        &self.inner.cx
    }

    /// Whether turns may be taken for this host.
    pub(super) fn has_room(&self) -> bool {
        self.room() > 0
    }

    /// How many turns may be taken.
    pub(super) fn room(&self) -> usize {
        if self.inner.cx.tasks.is_stopping() {
            return 0;
        }
        WAITING.saturating_sub(self.fair().waiting())
    }

    /// Agents whose turns had better wait in the table.
    pub(super) fn crowded(&self) -> Vec<AgentId> {
        self.fair().crowded(CROWDED)
    }

    /// Looks for turns in the table soon.
    pub(super) fn look(&self) {
        self.inner.signals.turns.notify_one();
    }

    /// Runs a turn whose conversation this host holds.
    pub(super) fn submit(&self, turn: LoadedTurn) {
        let agent = AgentId::from(turn.agent_id.unwrap_or_default());
        self.inner.held.add(turn.conversation_id);
        self.fair().add(agent, turn);
        self.pump();
    }

    /// Whether a turn of this conversation waits here or runs.
    pub(super) fn has(&self, conversation: ConversationId) -> bool {
        self.inner.held.has(conversation.uuid())
    }

    fn fair(&self) -> std::sync::MutexGuard<'_, Fair<LoadedTurn>> {
        self.inner
            .fair
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts what may run now.
    fn pump(&self) {
        loop {
            if self.inner.cx.tasks.is_stopping() {
                return;
            }
            let (next, waiting) = {
                let mut fair = self.fair();
                (fair.next(), fair.waiting())
            };
            self.inner
                .cx
                .metrics
                .waiting("turns", i64::try_from(waiting).unwrap_or(i64::MAX));
            let Some((agent, turn)) = next else { return };
            self.start_one(turn, agent, None);
        }
    }

    /// Runs a turn that has its place, and has its message stored where it is not.
    fn start_one(&self, turn: LoadedTurn, agent: AgentId, unstored: Option<Box<Unstored>>) {
        let runner = self.clone();
        let span = spans::turn(&turn, agent);
        let kept = &self.inner.signals.spans;
        kept.follow(turn.turn_id.into(), &span);
        kept.keep_span(turn.turn_id.into(), &span);
        let task = async move {
            // Also when the run panics: its place is free again.
            let place = Place {
                runner,
                agent,
                // One whose message is not stored holds nothing.
                conversation: unstored.is_none().then_some(turn.conversation_id),
            };
            match unstored {
                None => place.runner.one(turn, agent).await,
                Some(unstored) => place.runner.inner.ahead(&turn, agent, *unstored).await,
            }
        };
        self.inner.cx.tasks.spawn("turn", task.instrument(span));
    }

    /// Runs one turn to its end, and puts the conversation's next one in line.
    async fn one(&self, turn: LoadedTurn, agent_id: AgentId) {
        let inner = &*self.inner;
        let conversation = (
            OrganizationId::from(turn.organization_id),
            ConversationId::from(turn.conversation_id),
        );
        match inner.to_end(&turn, agent_id).await {
            Some(Commit::Done { more: true }) => self.next_of(conversation).await,
            Some(Commit::Lost) => {
                spans::turn_ended("lost");
                tracing::warn!(turn = %turn.turn_id, "the turn is no longer this host's: another has taken it, or people the conversation");
            }
            Some(Commit::Done { more: false } | Commit::Conflict) | None => {}
        }
    }

    async fn next_of(&self, conversation: (OrganizationId, ConversationId)) {
        let cx = &self.inner.cx;
        // Turns that end at once are many where agents wait for the same thing: what comes next of all is one statement.
        let read = |held: Vec<(OrganizationId, ConversationId)>| async move {
            let turns = store::turns::load(&cx.store, cx.host_id, &held).await?;
            let mut turns: HashMap<_, _> = (turns.into_iter())
                .map(|turn| (ConversationId::from(turn.conversation_id), turn))
                .collect();
            let each = held.iter().map(|(_, id)| turns.remove(id).map(Box::new));
            Ok::<_, Error>(each.collect())
        };
        let turn = until_done(cx, "read the next turn", || {
            self.inner.nexts.ask(conversation, read)
        });
        if let Some(turn) = turn.await.flatten() {
            self.submit(*turn);
        }
    }
}

impl Inner {
    /// Runs a turn until it is committed, given back or lost. `None`: given back.
    async fn to_end(&self, turn: &LoadedTurn, agent_id: AgentId) -> Option<Commit> {
        let read = (&self.cx.store, &self.cx.config.limits);
        let spec = match self.agents.get(read, agent_id, turn).await {
            Ok(spec) => spec,
            Err(error) => {
                let why = error.to_string();
                self.give_back(turn, Some(Duration::from_secs(1)), None, &why)
                    .await;
                return None;
            }
        };
        let Some(spec) = spec else {
            return self.without_agent(turn).await;
        };
        if !spec.running {
            // Its messages wait for it to be started.
            self.give_back(turn, None, None, "the agent is stopped")
                .await;
            // Who waits need not: its answer is a delivery, whenever it comes.
            for waiter in self.waiters.take(turn.turn_id.into()) {
                let _ = waiter.send(Handed::new(Answer::Stopped, || {}));
            }
            return None;
        }
        self.run(turn, agent_id, &spec).await
    }

    /// What is said without an agent. None: it cannot be had now, and the turn was given back.
    async fn host_words(&self, turn: &LoadedTurn) -> Option<Vec<Reply>> {
        match host_words(&self.cx, turn).await {
            Ok(words) => Some(words),
            Err(why) => {
                self.give_back(turn, Some(Duration::from_secs(1)), None, &why)
                    .await;
                None
            }
        }
    }

    /// Ends a turn that no agent runs: with what the workflow or the host says, or skipped.
    async fn without_agent(&self, turn: &LoadedTurn) -> Option<Commit> {
        let words = self.host_words(turn).await?;
        let mut waiting = Vec::new();
        let is_said = Canned::read(turn.event.as_ref()).is_some();
        let mut ended = skipped(turn);
        if is_said {
            waiting = self.waiters.take(turn.turn_id.into());
            waiting.retain(|waiter| !waiter.is_closed());
            let carried = waiting.is_empty() && carries(&self.cx, &turn.channel_kind);
            ended.speech = canned(turn, &words, carried);
            ended.status = EndStatus::Done;
            (ended.error_code, ended.error) = (None, None);
        }
        let (speech, status) = (ended.speech.clone(), ended.status);
        let commit = self.committer.commit(ended).await;
        if let Commit::Done { .. } = commit {
            spans::turn_ended(status.as_str());
            self.tell(turn, speech, status, waiting, false);
        }
        Some(commit)
    }

    async fn run(&self, turn: &LoadedTurn, agent_id: AgentId, spec: &Spec) -> Option<Commit> {
        let project = spec.asked.project_id;
        Span::current().record("cloister.project.id", display(project));
        let words = self.host_words(turn).await?;
        let turn_id = TurnId::from(turn.turn_id);
        // Those who are answered by this run. Who comes later finds the turn over.
        let waiting = Mutex::new(Vec::new());
        let awaited = || {
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.extend(self.waiters.take(turn_id));
            waiting.retain(|waiter: &oneshot::Sender<Handed>| !waiter.is_closed());
            !waiting.is_empty()
        };
        let mut alone = None;
        for conflict in 0..CONFLICTS {
            if conflict == 2 {
                let place = usize::from(agent_id.uuid().as_bytes()[15]) % self.contended.len();
                if let Some(lock) = self.contended.get(place) {
                    alone = Some(lock.lock().await);
                }
            }
            fault::point("turn.started");
            let running = Running {
                cx: &self.cx,
                turn,
                spec,
                agent_id,
                again: conflict > 0,
                is_ahead: false,
                words: &words,
                awaited: &awaited,
            };
            let ended = match running.run().await {
                Ran::Ended(ended) => ended,
                Ran::Torn => continue,
                Ran::Waits(asked) => {
                    let _ = awaited();
                    let waiters = waiting.into_inner().unwrap_or_else(PoisonError::into_inner);
                    return self.park(turn, (agent_id, spec), &asked, waiters).await;
                }
                Ran::Again { after, why } => {
                    self.give_back(turn, Some(after), Some(spec), &why).await;
                    return None;
                }
            };
            fault::point("turn.ended");
            let (speech, status) = (ended.speech.clone(), ended.status);
            let (started_at, guest_micros) = (ended.started_at, ended.guest_micros);
            let error_code = ended.error_code.clone();
            let sets_timers = !ended.schedules.is_empty();
            let staged = ended.files.as_ref().map(|files| files.staged());
            match self.committer.commit(ended).await {
                Commit::Conflict => {
                    if let Some(staged) = staged {
                        discard(&self.cx, turn.organization_id.into(), &staged).await;
                    }
                    continue;
                }
                Commit::Lost => return Some(Commit::Lost),
                done @ Commit::Done { .. } => {
                    fault::point("turn.committed");
                    drop(alone);
                    let waited = (started_at - turn.queued_at).to_std().unwrap_or_default();
                    let took = (Utc::now() - started_at).to_std().unwrap_or_default();
                    self.cx.metrics.turn_ended(status.as_str(), waited, took);
                    spans::turn_took(waited, guest_micros);
                    spans::turn_ended(status.as_str());
                    if let Some(code) = error_code {
                        spans::failed(&Span::current(), code);
                    }
                    let waiting = waiting.into_inner().unwrap_or_else(PoisonError::into_inner);
                    self.tell(turn, speech, status, waiting, sets_timers);
                    return Some(done);
                }
            }
        }
        self.give_back(
            turn,
            Some(Duration::from_secs(1)),
            Some(spec),
            "its agent's own state, or its files, kept changing",
        )
        .await;
        None
    }

    /// After the commit: those who wait get their answer, those who watch and those who carry are woken.
    fn tell(
        &self,
        turn: &LoadedTurn,
        speech: Vec<store::turns::Speech>,
        status: EndStatus,
        waiting: Vec<oneshot::Sender<Handed>>,
        sets_timers: bool,
    ) {
        if sets_timers {
            self.signals.schedules.notify_one();
        }
        if speech.iter().any(|speech| speech.delivery_id.is_some()) {
            self.signals.deliveries.notify_one();
            // Of other channels' deliveries their readers' own looks tell.
            self.cx
                .live
                .changed(Topic::Deliveries(turn.channel_id.into()));
        }
        self.turn_changed(turn);
        let mut told = Vec::new();
        for said in &speech {
            if !told.contains(&said.conversation_id) {
                told.push(said.conversation_id);
                self.cx.live.changed(said.conversation_id);
            }
        }
        if waiting.is_empty() {
            return;
        }
        let own = ConversationId::from(turn.conversation_id);
        let answer = match status {
            EndStatus::Failed => Answer::Failed {
                apology: APOLOGY.to_owned(),
            },
            EndStatus::Skipped => Answer::NoAgent,
            EndStatus::Done => Answer::Replies(
                speech
                    .into_iter()
                    .filter(|said| said.conversation_id == own)
                    .map(|said| stored_reply(turn.organization_id.into(), said))
                    .collect(),
            ),
        };
        for waiter in waiting {
            let _ = waiter.send(Handed::new(answer.clone(), self.deliver_instead(turn)));
        }
    }

    /// What happens where a caller went away with the answer on its way.
    fn deliver_instead(&self, turn: &LoadedTurn) -> impl FnOnce() + Send + 'static {
        let (organization, turn_id) = (
            OrganizationId::from(turn.organization_id),
            TurnId::from(turn.turn_id),
        );
        let (cx, signals) = (self.cx.clone(), self.signals.clone());
        let is_carried = carries(&self.cx, &turn.channel_kind);
        move || {
            if !is_carried {
                // It is kept where its readers look for it.
                return;
            }
            let context = cx.clone();
            cx.tasks.spawn("deliver-instead", async move {
                match store::deliveries::create_for_turn(&context.store, organization, turn_id)
                    .await
                {
                    Ok(_) => signals.deliveries.notify_one(),
                    Err(error) => tracing::error!(
                        error = &error as &dyn std::error::Error, turn = %turn_id,
                        "a reply whose caller went away could not be turned into a delivery"
                    ),
                }
            });
        }
    }

    fn turn_changed(&self, turn: &LoadedTurn) {
        let conversation = turn.conversation_id.into();
        self.cx.live.changed(Topic::Turns(conversation));
        if let Some(agent) = turn.agent_id {
            self.cx.live.changed(Topic::AgentTurns(agent.into()));
        }
    }

    async fn give_back(
        &self,
        turn: &LoadedTurn,
        after: Option<Duration>,
        tried: Option<&Spec>,
        why: &str,
    ) {
        tracing::info!(turn = %turn.turn_id, after = ?after, why, "a turn goes back to the queue");
        spans::turn_ended("given_back");
        let conversation = (turn.organization_id.into(), turn.conversation_id.into());
        let ready_at = after.map(|after| Utc::now() + after);
        let (store, host) = (&self.cx.store, self.cx.host_id);
        let begun = tried.and_then(Spec::module);
        let tried = tried.is_some();
        until_done(&self.cx, "give a turn back", || {
            store::turns::put_back(
                store,
                host,
                conversation,
                turn.fence,
                ready_at,
                tried,
                begun,
            )
        })
        .await;
        self.turn_changed(turn);
    }
}
