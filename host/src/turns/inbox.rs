//! The inbox: stores what channels hear, many messages in one statement, and hands the turns of conversations that
//! were idle straight to the runner.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use store::Store;
use store::ids::{ChannelId, MessageId, OrganizationId, TurnId};
use store::inbox::{Durability, Receive, Received, StoredMessage};
use store::reading::{Done, Reader, Step};
use store::turns::LoadedTurn;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Signals;
use super::batch::{Batcher, Batches};
use super::routes::Routes;
use super::runner::Runner;
use super::waiters::{Waiter, Waiters};
use crate::content::Content;
use crate::context::Context;
use crate::error::Error;
use crate::fault;
use crate::inbound::{Accepted, Answer, Inbound, Inbox, StoredReply};
use crate::live::Topic;

/// Messages that may wait to be stored; more wait in their own connections.
pub(super) const WAITING: usize = 1_024;
/// Messages of one statement.
const BATCH: usize = 128;
/// How often one who waits for a turn that may run elsewhere looks.
const LOOK: Duration = Duration::from_secs(1);
/// How long one who was taken as the answer's receiver waits for the commit past the own limit.
const GRACE: Duration = Duration::from_secs(10);

/// One message on its way into the table.
pub(super) struct Arriving {
    receive: Receive,
    durability: Durability,
    stored: oneshot::Sender<Result<Received, Error>>,
}

pub(super) struct TurnsInbox {
    arrivals: Batcher<Arriving>,
    waiters: Waiters,
    signals: Arc<Signals>,
    routes: Arc<Routes>,
    store: Store,
}

impl TurnsInbox {
    pub(super) fn new(
        arrivals: Batcher<Arriving>,
        waiters: Waiters,
        signals: Arc<Signals>,
        routes: Arc<Routes>,
        store: Store,
    ) -> Self {
        Self {
            arrivals,
            waiters,
            signals,
            routes,
            store,
        }
    }

    async fn store(
        &self,
        inbound: Inbound,
        turn_id: TurnId,
        durability: Durability,
    ) -> Result<Stored, Error> {
        let channel = inbound.channel_id;
        let organization = inbound.organization_id;
        let event = inbound.platform_event_id.clone();
        let message_id = MessageId::new();
        let (stored, answer) = oneshot::channel();
        let arriving = Arriving {
            receive: inbound.into_receive(message_id, turn_id),
            durability,
            stored,
        };
        fault::point("inbox.received");
        let stopping = || Error::Unavailable {
            what: "the inbox",
            source: "the host is stopping".into(),
        };
        self.arrivals.add(arriving).await.map_err(|_| stopping())?;
        match answer.await.map_err(|_| stopping())?? {
            Received::Stored(stored) => Ok(Stored {
                accepted: Accepted {
                    message_id,
                    conversation_id: stored.conversation_id,
                    duplicate: false,
                },
                // Whether the agent of a turn that is to wait was started since is for the table to say.
                may_be_settled: stored.turn.as_ref().is_some_and(|turn| !turn.agent_runs),
                turn: stored.turn.map(|_| turn_id),
            }),
            Received::NoChannel => Err(self.no_channel(organization, channel).await?),
            Received::Unrouted(_) => Err(Error::Unavailable {
                what: "the channel's workflow",
                source: "the message could not be routed".into(),
            }),
            Received::Barred => Err(Error::Forbidden {
                what: "talk here until the channel's owner lets you in".to_owned(),
            }),
            Received::Duplicate => {
                let first = store::inbox::first(
                    &self.store,
                    organization,
                    channel,
                    event.as_deref().unwrap_or(""),
                )
                .await?
                .ok_or_else(|| {
                    Error::internal(format!("the event {event:?} is a duplicate of nothing"))
                })?;
                Ok(Stored {
                    accepted: Accepted {
                        message_id: first.message_id.into(),
                        conversation_id: first.conversation_id.into(),
                        duplicate: true,
                    },
                    may_be_settled: true,
                    turn: first.turn_id.map(TurnId::from),
                })
            }
        }
    }

    /// Makes sure of a message that no end of a turn has taken to the disk with it, before its sender is told that it is
    /// here: a server that died in the meantime may have forgotten it.
    async fn keep(&self, organization: OrganizationId, accepted: &Accepted) -> Result<(), Error> {
        store::inbox::flush(&self.store).await?;
        let (conversation, message) = (accepted.conversation_id, accepted.message_id);
        match store::messages::find(&self.store, organization, conversation, message).await? {
            Some(_) => Ok(()),
            None => Err(Error::Unavailable {
                what: "the database",
                source: "the message was lost with a server that died".into(),
            }),
        }
    }

    /// Why a channel hears nothing.
    async fn no_channel(
        &self,
        organization: OrganizationId,
        channel: ChannelId,
    ) -> Result<Error, Error> {
        let found = store::channels::find(&self.store, organization, channel).await?;
        Ok(match found {
            Some(_) => Error::conflict(
                format!("Channel `{}`", channel.public()),
                "is disabled: nothing is heard on it until it is enabled",
            ),
            None => Error::not_found("Channel", channel.public()),
        })
    }

    /// Waits for a turn that some host runs, or has run.
    async fn wait(
        &self,
        organization: OrganizationId,
        turn: TurnId,
        mut waiter: Waiter,
        until: Instant,
        look_first: bool,
    ) -> Result<Answer, Error> {
        let mut look_at = if look_first {
            Instant::now()
        } else {
            Instant::now() + LOOK
        };
        loop {
            tokio::select! {
                biased;
                answer = waiter.answer() => return Ok(answer.unwrap_or(Answer::Later)),
                () = tokio::time::sleep_until(look_at.min(until)) => {}
            }
            if let Some(answer) = self.past_answer(organization, turn).await? {
                // Where this caller was taken as its receiver, the answer itself is on the way: left there, it would be
                // delivered a second time.
                if waiter.leave() {
                    return Ok(answer);
                }
                let handed = tokio::time::timeout(GRACE, waiter.answer()).await;
                return Ok(handed.ok().flatten().unwrap_or(answer));
            }
            if Instant::now() >= until {
                if waiter.leave() {
                    return Ok(Answer::Later);
                }
                let answer = tokio::time::timeout(GRACE, waiter.answer()).await;
                return Ok(answer.ok().flatten().unwrap_or(Answer::Later));
            }
            look_at = Instant::now() + LOOK;
        }
    }

    /// The answer of a turn that is over, or that will not run before its agent is started.
    async fn past_answer(
        &self,
        organization: OrganizationId,
        turn: TurnId,
    ) -> Result<Option<Answer>, Error> {
        let Some(status) = store::turns::status(&self.store, organization, turn).await? else {
            return Ok(None);
        };
        if status.status == "queued" {
            return Ok(status.waits_for_start.then_some(Answer::Stopped));
        }
        let replies = store::turns::replies(&self.store, organization, turn).await?;
        if status.status == "skipped" {
            return Ok(Some(Answer::NoAgent));
        }
        if status.status == "failed" {
            let apology = replies
                .into_iter()
                .map(|reply| reply.text)
                .next()
                .unwrap_or_default();
            return Ok(Some(Answer::Failed { apology }));
        }
        Ok(Some(Answer::Replies(
            replies
                .into_iter()
                .map(|reply| StoredReply {
                    message_id: reply.id.into(),
                    structured: Content::read(reply.content.as_ref()).structured,
                    text: reply.text,
                })
                .collect(),
        )))
    }
}

struct Stored {
    accepted: Accepted,
    turn: Option<TurnId>,
    /// Whether a look into the table may answer at once: the turn may be over, or not to run before its agent starts.
    may_be_settled: bool,
}

#[async_trait]
impl Inbox for TurnsInbox {
    async fn receive(&self, inbound: Inbound) -> Result<Accepted, Error> {
        let stored = self.store(inbound, TurnId::new(), Durability::Now).await?;
        if stored.accepted.duplicate {
            // Of a message that may have come from someone who still waits.
            store::inbox::flush(&self.store).await?;
        }
        Ok(stored.accepted)
    }

    async fn receive_and_wait(
        &self,
        inbound: Inbound,
        wait: Duration,
    ) -> Result<(Accepted, Answer), Error> {
        let until = Instant::now() + wait;
        let organization = inbound.organization_id;
        let turn_id = TurnId::new();
        // Before the message is stored: its turn may be over before the statement's answer is read.
        let waiter = self.waiters.register(turn_id);
        let stored = self.store(inbound, turn_id, Durability::WithAnswer).await?;
        let Some(turn) = stored.turn else {
            self.keep(organization, &stored.accepted).await?;
            return Ok((stored.accepted, Answer::NoAgent));
        };
        let waiter = if stored.accepted.duplicate {
            self.waiters.register(turn)
        } else {
            waiter
        };
        let answer = self
            .wait(organization, turn, waiter, until, stored.may_be_settled)
            .await?;
        if let Answer::Later | Answer::Stopped = answer {
            self.keep(organization, &stored.accepted).await?;
        }
        Ok((stored.accepted, answer))
    }

    async fn take(
        &self,
        reader: &Reader<'_>,
        steps: Vec<Step>,
    ) -> Result<Option<Vec<Done>>, Error> {
        let mut steps = steps;
        let done = self.routes.take(&self.store, reader, &mut steps).await?;
        let done_any = |what: fn(&Done) -> bool| done.iter().flatten().any(what);
        if done_any(|done| matches!(done, Done::Received(Received::Stored(_)))) {
            self.signals.turns.notify_one();
        }
        if done_any(|done| matches!(done, Done::Answered(Some(_)))) {
            self.signals.deliveries.notify_one();
        }
        Ok(done)
    }
}

/// Starts the one who writes what arrives.
pub(super) fn start(
    cx: &Context,
    arriving: Batches<Arriving>,
    runner: Runner,
    routes: Arc<Routes>,
) {
    let context = cx.clone();
    cx.tasks.spawn("inbox", async move {
        let key = |item: &Arriving| {
            (
                item.receive.channel_id,
                item.receive.platform_chat_id.clone(),
            )
        };
        // What has not been stored by then was not acknowledged either: its sender sends it again.
        let stopping = context.tasks.stopping();
        arriving
            .run(BATCH, stopping, key, |batch| {
                write(&context, &runner, &routes, batch)
            })
            .await;
    });
}

async fn write(cx: &Context, runner: &Runner, routes: &Routes, batch: Vec<Arriving>) {
    let all_wait = batch
        .iter()
        .all(|arriving| arriving.durability == Durability::WithAnswer);
    let durability = if all_wait {
        Durability::WithAnswer
    } else {
        Durability::Now
    };
    let (mut receives, answers): (Vec<Receive>, Vec<_>) = batch
        .into_iter()
        .map(|arriving| (arriving.receive, arriving.stored))
        .unzip();
    let host = runner.has_room().then_some(cx.host_id);
    match routes
        .store(&cx.store, host, durability, &mut receives)
        .await
    {
        Ok(received) => {
            fault::point("inbox.stored");
            for ((receive, received), answer) in receives.into_iter().zip(received).zip(answers) {
                settle(cx, runner, receive, received, answer);
            }
        }
        // One message that the database refuses must not take the others with it.
        Err(error) if receives.len() > 1 && !error.is_transient() => {
            for (mut receive, answer) in receives.into_iter().zip(answers) {
                let one = std::slice::from_mut(&mut receive);
                let received = routes.store(&cx.store, host, durability, one).await;
                let received = received.map(|mut one| one.pop().unwrap_or(Received::NoChannel));
                match received {
                    Ok(received) => settle(cx, runner, receive, received, answer),
                    Err(error) => drop(answer.send(Err(error.into()))),
                }
            }
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                messages = receives.len(),
                "messages could not be stored"
            );
            let text = error.to_string();
            for answer in answers {
                let _ = answer.send(Err(Error::Unavailable {
                    what: "the database",
                    source: text.clone().into(),
                }));
            }
        }
    }
}

fn settle(
    cx: &Context,
    runner: &Runner,
    receive: Receive,
    received: Received,
    answer: oneshot::Sender<Result<Received, Error>>,
) {
    if let Received::Stored(stored) = &received {
        hand_over(cx, runner, receive, stored);
    }
    // The caller may have gone; the message is stored all the same.
    let _ = answer.send(Ok(received));
}

fn hand_over(cx: &Context, runner: &Runner, receive: Receive, stored: &StoredMessage) {
    cx.live.changed(stored.conversation_id);
    let Some(turn) = &stored.turn else { return };
    cx.live.changed(Topic::Turns(stored.conversation_id));
    if let Some(agent) = turn.agent_id {
        cx.live.changed(Topic::AgentTurns(agent));
    }
    match turn.claimed {
        Some(fence) => runner.submit(loaded(receive, stored, turn.position, fence, turn)),
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
        event: receive.route.canned,
        text: Some(receive.text),
        content: receive.content,
        sent_at: Some(now),
        contact_id: Some(stored.contact_id.uuid()),
        platform_user_id: Some(receive.platform_user_id),
        display_name: stored.display_name.clone(),
        user_id: stored.user_id.map(|id| id.uuid()),
    }
}
