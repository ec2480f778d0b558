//! The inbox: stores what channels hear, many messages in one statement, and hands the turns of conversations that
//! were idle straight to the runner.

mod handing;
mod wait;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use store::Store;
use store::ids::{ChannelId, ChatId, HostId, MessageId, OrganizationId, TurnId};
use store::inbox::{Durability, Receive, Received, Route, StoredMessage};
use store::reading::{Done, Reader, Step};
use store::sessions::{Change, Changed};
use tokio::sync::oneshot;
use tokio::time::Instant;

pub(super) use self::handing::Hands;
use self::handing::hand_over;
use super::Signals;
use super::batch::{Batcher, Batches};
use super::optimistic::{Chats, Expected, Unstored};
use super::routes::Routes;
use super::runner::Runner;
use super::waiters::Waiters;
use crate::context::Context;
use crate::error::Error;
use crate::fault;
use crate::inbound::{Accepted, Answer, Directed, Entered, Inbound, Inbox, Taken};

/// Messages that may wait to be stored; more wait in their own connections.
pub(super) const WAITING: usize = 1_024;
/// Messages of one statement.
const BATCH: usize = 128;

/// One message on its way into the table.
pub(super) struct Arriving {
    pub receive: Receive,
    durability: Durability,
    pub stored: oneshot::Sender<Result<Received, Error>>,
}

#[derive(Clone)]
pub(super) struct TurnsInbox {
    arrivals: Batcher<Arriving>,
    waiters: Waiters,
    signals: Arc<Signals>,
    routes: Arc<Routes>,
    hands: Hands,
    chats: Arc<Chats>,
    store: Store,
}

impl TurnsInbox {
    pub(super) fn new(
        arrivals: Batcher<Arriving>,
        waiters: Waiters,
        signals: Arc<Signals>,
        routes: Arc<Routes>,
        hands: Hands,
        store: Store,
    ) -> Self {
        Self {
            arrivals,
            waiters,
            signals,
            routes,
            hands,
            chats: Arc::default(),
            store,
        }
    }

    /// The runner and whom idle conversations are taken for, where there is one with room.
    fn runner(&self) -> (Option<Runner>, Option<HostId>) {
        let runner = self.hands.runner();
        let host = (runner.as_ref().filter(|runner| runner.has_room()))
            .map(|runner| runner.context().host_id);
        (runner, host)
    }

    /// After a message was stored.
    fn stored(&self, runner: Option<&Runner>, receive: Receive, stored: &StoredMessage) {
        match runner {
            Some(runner) => hand_over(runner, receive, stored),
            None => self.signals.turns.notify_one(),
        }
    }

    /// Has a message stored, together with others.
    async fn store(
        &self,
        receive: Receive,
        durability: Durability,
    ) -> Result<Option<Stored>, Error> {
        let sent = Sent::of(&receive);
        self.signals.spans.keep(receive.turn_id);
        let received = if receive.is_usual && durability == Durability::WithAnswer {
            self.usual(receive).await?
        } else {
            let (arriving, answer) = Arriving::new(receive, durability);
            fault::point("inbox.received");
            self.arrivals.add(arriving).await.map_err(|_| stopping())?;
            answer.await.map_err(|_| stopping())??
        };
        self.settled(sent, received).await
    }

    /// Has a message of someone who talks as usual stored after those of its chat that came before, and with its turn, where
    /// that can be guessed.
    async fn usual(&self, receive: Receive) -> Result<Received, Error> {
        let chat = self.chats.of(&receive);
        let mut expected = chat.lock().await;
        let guess = expected.take().filter(|guess| guess.is_for(&receive));
        let runner = self.hands.runner();
        let runner =
            runner.filter(|runner| guess.as_ref().is_some_and(|it| runner.may_run_ahead(it)));
        let is_direct = !receive.is_group && receive.chat_id.is_none();
        let (arriving, answer) = Arriving::new(receive, Durability::WithAnswer);
        fault::point("inbox.received");
        match (guess, runner) {
            (Some(guess), Some(runner)) => {
                let unstored = Unstored::new(arriving, guess, self.arrivals.clone());
                if let Err(unstored) = runner.run_ahead(Box::new(unstored)) {
                    unstored.store().await;
                }
            }
            _ => self.arrivals.add(arriving).await.map_err(|_| stopping())?,
        }
        let received = answer.await.map_err(|_| stopping())??;
        if let Received::Stored(stored) = &received {
            *expected = Expected::after(stored).filter(|_| is_direct);
        }
        Ok(received)
    }

    /// Stores a message with what it changes of its session. `None`: the session is another one by now.
    async fn change(&self, mut receive: Receive, change: &Change) -> Result<Option<Stored>, Error> {
        let sent = Sent::of(&receive);
        self.signals.spans.keep(receive.turn_id);
        fault::point("inbox.received");
        let (runner, host) = self.runner();
        let changed = (self.routes)
            .change(&self.store, host, &mut receive, change)
            .await;
        let received = match changed {
            Ok(Changed::Received(received)) => received,
            Ok(Changed::Moved) => return Ok(None),
            Err(error) if error.is_conflict_of("projects_slug_key") => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if let Received::Stored(stored) = &received {
            fault::point("inbox.stored");
            self.stored(runner.as_ref(), receive, stored);
        }
        self.settled(sent, received).await
    }

    /// What came of a message, for the one who sent it. `None`: it was to be stored only where its sender talks as usual.
    async fn settled(&self, sent: Sent, received: Received) -> Result<Option<Stored>, Error> {
        let (organization, channel) = (sent.organization_id, sent.channel_id);
        match received {
            Received::Stored(stored) => Ok(Some(Stored {
                accepted: Accepted {
                    message_id: sent.message_id,
                    conversation_id: stored.conversation_id,
                    duplicate: false,
                },
                // Whether the agent of a turn that is to wait was started since is for the table to say.
                may_be_settled: stored.turn.as_ref().is_some_and(|turn| !turn.agent_runs),
                turn: stored.turn.map(|_| sent.turn_id),
            })),
            Received::NoChannel => Err(self.no_channel(organization, channel).await?),
            Received::Unrouted(_) => Err(Error::Unavailable {
                what: "the channel's workflow",
                source: "the message could not be routed".into(),
            }),
            Received::Barred => Err(Error::Forbidden {
                what: "talk here until the channel's owner lets you in".to_owned(),
            }),
            Received::Unusual => Ok(None),
            // What the first one was is for its sender to look at.
            Received::Duplicate if sent.is_usual => Ok(None),
            Received::Duplicate => {
                let event = sent.platform_event_id.as_deref().unwrap_or("");
                let first = store::inbox::first(&self.store, organization, channel, event).await?;
                let first = first.ok_or_else(|| {
                    Error::internal(format!("the event {event:?} is a duplicate of nothing"))
                })?;
                Ok(Some(Stored {
                    accepted: Accepted {
                        message_id: first.message_id.into(),
                        conversation_id: first.conversation_id.into(),
                        duplicate: true,
                    },
                    may_be_settled: true,
                    turn: first.turn_id.map(TurnId::from),
                }))
            }
        }
    }
}

fn stopping() -> Error {
    Error::Unavailable {
        what: "the inbox",
        source: "the host is stopping".into(),
    }
}

impl Arriving {
    /// A message, and what will become of it.
    fn new(
        receive: Receive,
        durability: Durability,
    ) -> (Self, oneshot::Receiver<Result<Received, Error>>) {
        let (stored, answer) = oneshot::channel();
        let arriving = Arriving {
            receive,
            durability,
            stored,
        };
        (arriving, answer)
    }
}

/// What is known of a message that is on its way.
struct Sent {
    organization_id: OrganizationId,
    channel_id: ChannelId,
    platform_event_id: Option<String>,
    message_id: MessageId,
    turn_id: TurnId,
    is_usual: bool,
}

impl Sent {
    fn of(receive: &Receive) -> Sent {
        Sent {
            organization_id: receive.organization_id,
            channel_id: receive.channel_id,
            platform_event_id: receive.platform_event_id.clone(),
            message_id: receive.message_id,
            turn_id: receive.turn_id,
            is_usual: receive.is_usual,
        }
    }
}

struct Stored {
    accepted: Accepted,
    turn: Option<TurnId>,
    /// Whether a look into the table may answer at once: the turn may be over, or not to run before its agent starts.
    may_be_settled: bool,
}

/// Of a message without a condition.
fn certain(stored: Option<Stored>) -> Result<Stored, Error> {
    stored.ok_or_else(|| Error::internal("a message without a condition was not stored"))
}

#[async_trait]
impl Inbox for TurnsInbox {
    async fn receive(&self, inbound: Inbound) -> Result<Accepted, Error> {
        self.receive_in(inbound, None, Route::default()).await
    }

    async fn receive_in(
        &self,
        inbound: Inbound,
        chat: Option<ChatId>,
        route: Route,
    ) -> Result<Accepted, Error> {
        let mut receive = inbound.into_receive(MessageId::new(), TurnId::new());
        (receive.chat_id, receive.route) = (chat, route);
        let stored = certain(self.store(receive, Durability::Now).await?)?;
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
        let receive = inbound.into_receive(MessageId::new(), turn_id);
        let stored = certain(self.store(receive, Durability::WithAnswer).await?)?;
        let accepted = stored.accepted;
        let answer = self.answer(organization, stored, waiter, until).await?;
        Ok((accepted, answer))
    }

    async fn enter(
        &self,
        inbound: Inbound,
        directed: Directed,
        wait: Duration,
    ) -> Result<Option<Entered>, Error> {
        let until = Instant::now() + wait;
        let organization = inbound.organization_id;
        let turn_id = TurnId::new();
        let waiter = self.waiters.register(turn_id);
        let mut receive = inbound.into_receive(MessageId::new(), turn_id);
        receive.chat_id = directed.chat_id;
        receive.account = directed.account;
        receive.is_usual = directed.is_usual;
        if let Some(route) = directed.route {
            receive.route = Route {
                is_decided: true,
                ..route
            };
        }
        let stored = match &directed.change {
            None => self.store(receive, Durability::WithAnswer).await?,
            Some(change) => self.change(receive, change).await?,
        };
        let Some(stored) = stored else {
            return Ok(None);
        };
        let accepted = stored.accepted;
        let inbox = self.clone();
        let answer = async move { inbox.answer(organization, stored, waiter, until).await }.boxed();
        Ok(Some(Entered { accepted, answer }))
    }

    async fn take(&self, reader: &Reader<'_>, steps: Vec<Step>) -> Result<Taken, Error> {
        let mut steps = steps;
        let (runner, host) = self.runner();
        let taken = (self.routes)
            .take(&self.store, host, reader, &mut steps)
            .await?;
        let Taken::Done(done) = &taken else {
            return Ok(taken);
        };
        let received = done.iter().filter_map(|done| match done {
            Done::Received(received) => Some(received),
            _ => None,
        });
        // Both are in the order of what was read.
        for (receive, received) in steps.into_iter().filter_map(received_by).zip(received) {
            if let Received::Stored(stored) = received {
                self.stored(runner.as_ref(), receive, stored);
            }
        }
        if (done.iter()).any(|done| matches!(done, Done::Answered(Some(_)))) {
            self.signals.deliveries.notify_one();
        }
        Ok(taken)
    }
}

/// The message of a step that has one for an agent.
fn received_by(step: Step) -> Option<Receive> {
    match step {
        Step::Receive(receive) | Step::Enter(receive, _) => Some(receive),
        _ => None,
    }
}

/// Starts the one who writes what arrives.
pub(super) fn start(
    cx: &Context,
    arriving: Batches<Arriving>,
    runner: Runner,
    routes: Arc<Routes>,
    hands: &Hands,
) {
    hands.go_to(&runner);
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
                settle(runner, receive, received, answer);
            }
        }
        // One message that the database refuses must not take the others with it.
        Err(error) if receives.len() > 1 && !error.is_transient() => {
            for (mut receive, answer) in receives.into_iter().zip(answers) {
                let one = std::slice::from_mut(&mut receive);
                let received = routes.store(&cx.store, host, durability, one).await;
                let received = received.map(|mut one| one.pop().unwrap_or(Received::NoChannel));
                match received {
                    Ok(received) => settle(runner, receive, received, answer),
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
    runner: &Runner,
    receive: Receive,
    received: Received,
    answer: oneshot::Sender<Result<Received, Error>>,
) {
    if let Received::Stored(stored) = &received {
        hand_over(runner, receive, stored);
    }
    // The caller may have gone; the message is stored all the same.
    let _ = answer.send(Ok(received));
}
