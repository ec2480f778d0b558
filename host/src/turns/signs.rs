//! Signs of life: while a turn runs, its chat shows that someone is typing, and the answer as far as it has come where the
//! agent tells. A sign that fails is a sign less: nothing waits for it but the end of the one that is on its way.

use std::time::Duration;

use channels::{BoundChannel, Kind, SendError, Sign, Target};
use store::ids::{ChannelId, ConversationId, OrganizationId, TurnId};
use store::turns::LoadedTurn;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::context::Context;
use crate::live::{LiveEvent, LiveReceiver};
use crate::service;

/// A turn that is over by then needs no sign.
const FIRST: Duration = Duration::from_millis(300);
/// Platforms show typing for five seconds.
const TYPING: Duration = Duration::from_secs(4);
/// How often an answer that grows is shown anew: a group takes 20 messages a minute.
const PARTIAL: Duration = Duration::from_secs(1);
const PARTIAL_IN_GROUPS: Duration = Duration::from_secs(4);
/// How long the last sign may hold up the end of its turn.
const LAST: Duration = Duration::from_secs(3);
/// How often it is tried to take away what is shown.
const TRIES: usize = 4;

/// The signs of one turn.
pub(super) struct Signs(Option<(oneshot::Sender<bool>, JoinHandle<()>)>);

impl Signs {
    /// Shows signs for a turn, where its platform has any.
    pub(super) fn show(cx: &Context, turn: &LoadedTurn) -> Self {
        let Some(kind) = kind_with_signs(cx, turn) else {
            return Self(None);
        };
        let (end, ended) = oneshot::channel();
        let shower = Shower {
            cx: cx.clone(),
            kind,
            owner: turn.organization_id.into(),
            turn: turn.turn_id.into(),
            channel: turn.channel_id.into(),
            conversation: turn.conversation_id.into(),
            is_group: turn.is_group,
            user: turn.platform_user_id.clone(),
            events: cx
                .live
                .subscribe(ConversationId::from(turn.conversation_id)),
            shown_in: None,
            quiet_until: Instant::now(),
        };
        let task = cx.tasks.spawn("signs", shower.run(ended));
        Self(Some((end, task)))
    }

    /// Ends them. `answers` says that something takes the place of what was shown.
    pub(super) async fn end(self, answers: bool) {
        let Some((end, task)) = self.0 else { return };
        let _ = end.send(answers);
        // What is shown must be known before what takes its place goes out.
        let _ = tokio::time::timeout(LAST, task).await;
    }
}

fn kind_with_signs(cx: &Context, turn: &LoadedTurn) -> Option<Kind> {
    turn.message_id?;
    let kind = turn.channel_kind.parse().ok()?;
    cx.drivers
        .get(kind)
        .is_some_and(|driver| driver.shows_signs())
        .then_some(kind)
}

struct Shower {
    cx: Context,
    kind: Kind,
    owner: OrganizationId,
    turn: TurnId,
    channel: ChannelId,
    conversation: ConversationId,
    is_group: bool,
    user: Option<String>,
    events: LiveReceiver,
    /// The platform's message that shows the answer so far.
    shown_in: Option<String>,
    /// The platform wants no sign before.
    quiet_until: Instant,
}

impl Shower {
    async fn run(mut self, mut ended: oneshot::Receiver<bool>) {
        let started = Instant::now();
        let mut typing_at = started + FIRST;
        let mut partial_at = started;
        let mut newest: Option<String> = None;
        let mut looked = false;
        let mut place: Option<(BoundChannel, Target)> = None;
        loop {
            let next = match newest {
                Some(_) => typing_at.min(partial_at),
                None => typing_at,
            }
            .max(self.quiet_until);
            tokio::select! {
                biased;
                answers = &mut ended => {
                    if !answers.unwrap_or(false) {
                        self.withdraw(place).await;
                    }
                    return;
                }
                event = self.events.recv() => {
                    if let LiveEvent::Partial(text) = event {
                        newest = Some(text);
                    }
                    continue;
                }
                () = sleep_until(next) => {}
            }
            if place.is_none() {
                place = self.place().await;
            }
            let Some(place) = &place else { return };
            if newest.is_some() && !looked {
                looked = true;
                // A try before may have shown something already.
                let shown = store::shown::find(&self.cx.store, self.owner, self.turn).await;
                self.shown_in = shown.ok().flatten();
            }
            let now = Instant::now();
            match newest.take_if(|_| partial_at <= now) {
                Some(text) => {
                    self.partial(place, text).await;
                    let pause = if self.is_group {
                        PARTIAL_IN_GROUPS
                    } else {
                        PARTIAL
                    };
                    partial_at = Instant::now() + pause;
                }
                None => {
                    self.sign(place, &Sign::Typing).await;
                    typing_at = Instant::now() + TYPING;
                }
            }
        }
    }

    /// The channel and the chat, read once where a turn lasts.
    async fn place(&self) -> Option<(BoundChannel, Target)> {
        let bound = service::binding::bound(&self.cx, self.owner, self.channel);
        let chat = store::conversations::find(&self.cx.store, self.owner, self.conversation);
        let (bound, chat) = (bound.await.ok()?, chat.await.ok()??);
        let target = Target {
            platform_chat_id: chat.platform_chat_id,
            platform_user_id: self.user.clone(),
            is_group: self.is_group,
        };
        Some((bound, target))
    }

    async fn partial(&mut self, place: &(BoundChannel, Target), text: String) {
        let sign = Sign::Partial {
            text,
            shown_in: self.shown_in.clone(),
        };
        let Some(shown_in) = self.sign(place, &sign).await else {
            return;
        };
        if self.shown_in.as_ref() != Some(&shown_in) {
            let kept = store::shown::keep(&self.cx.store, self.owner, self.turn, &shown_in).await;
            if let Err(error) = kept {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a sign could not be kept"
                );
            }
            self.shown_in = Some(shown_in);
        }
    }

    /// What was shown of an answer that never comes goes away, also what was shown before the turn began.
    async fn withdraw(&mut self, place: Option<(BoundChannel, Target)>) {
        if self.shown_in.is_none() {
            let shown = store::shown::find(&self.cx.store, self.owner, self.turn).await;
            self.shown_in = shown.ok().flatten();
        }
        let Some(shown_in) = self.shown_in.clone() else {
            return;
        };
        let place = match place {
            Some(place) => Some(place),
            None => self.place().await,
        };
        let Some(place) = place else { return };
        let withdrawn = Sign::Withdrawn { shown_in };
        for _ in 0..TRIES {
            let before = self.quiet_until;
            self.sign(&place, &withdrawn).await;
            // The platform may want to be asked again: what it is to show may not be there yet.
            if self.quiet_until == before || self.quiet_until > Instant::now() + LAST {
                break;
            }
            sleep_until(self.quiet_until).await;
        }
        let _ = store::shown::forget(&self.cx.store, self.owner, self.turn).await;
    }

    async fn sign(
        &mut self,
        (bound, target): &(BoundChannel, Target),
        sign: &Sign,
    ) -> Option<String> {
        let driver = self.cx.drivers.get(self.kind)?;
        match driver.show(&self.cx.outgoing, bound, target, sign).await {
            Ok(shown_in) => shown_in,
            Err(error) => {
                tracing::debug!(%error, "a sign of life was not shown");
                if let SendError::Retry {
                    after: Some(after), ..
                } = error
                {
                    self.quiet_until = Instant::now() + after;
                }
                None
            }
        }
    }
}
