//! Watching a conversation: what is said and what shows that something is being said, as it happens. A wake-up only
//! shortens the wait: the messages are read from the table, after the last one that the watcher has.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::unfold;
use store::ids::{ConversationId, MessageId, OrganizationId};
use store::messages;
use store::page::Page;
use tokio::time::Instant;

use super::limits::Seat;
use super::log::Shown;
use super::{Limits, Visit, admit};
use crate::context::Context;
use crate::error::Result;
use crate::live::{LiveEvent, LiveReceiver};

/// Messages that are read at a time.
const PAGE: u32 = 100;
/// How often the table is looked at without a wake-up, which another host's may not reach.
const LOOK: Duration = Duration::from_secs(5);

/// Something that a watcher sees.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A message.
    Message(Box<Shown>),
    /// Someone is writing.
    Typing,
    /// What is being written, as far as it has come.
    Partial(String),
}

/// What happens in a visitor's conversation after a message that is known, or from now on, until the token's time is over or the host
/// stops.
pub async fn watch(
    cx: &Context,
    limits: &Limits,
    visit: &Visit,
    token: &str,
    after: Option<MessageId>,
) -> Result<impl Stream<Item = Seen> + Send + use<>> {
    let visiting = admit(cx, visit, token)?;
    let seat = limits.seat(&visiting.visitor.id)?;
    let owner = visit.channel.organization_id;
    // Before the first look: what is said in between wakes.
    let live = cx.live.subscribe(visiting.conversation);
    let after = place(cx, owner, visiting.conversation, after).await?;
    let left = visiting.until - chrono::Utc::now().timestamp();
    let watcher = Watcher {
        cx: cx.clone(),
        owner,
        conversation: visiting.conversation,
        live,
        after,
        ready: VecDeque::new(),
        is_due: true,
        until: Instant::now() + Duration::from_secs(left.try_into().unwrap_or(0)),
        _seat: seat,
    };
    Ok(unfold(watcher, Watcher::next))
}

/// The place of the last message that the watcher has: a message that is not there comes before all.
async fn place(
    cx: &Context,
    owner: OrganizationId,
    conversation: ConversationId,
    after: Option<MessageId>,
) -> Result<i64> {
    let known = match after {
        Some(after) => messages::find(&cx.store, owner, conversation, after).await?,
        None => messages::list_back(&cx.store, owner, conversation, Page::first(1))
            .await?
            .pop(),
    };
    Ok(known.map_or(0, |row| row.sequence))
}

struct Watcher {
    cx: Context,
    owner: OrganizationId,
    conversation: ConversationId,
    live: LiveReceiver,
    after: i64,
    ready: VecDeque<Seen>,
    /// Whether the table is to be read before anything else.
    is_due: bool,
    until: Instant,
    _seat: Seat,
}

impl Watcher {
    async fn next(mut self) -> Option<(Seen, Self)> {
        loop {
            if let Some(seen) = self.ready.pop_front() {
                return Some((seen, self));
            }
            if self.is_due {
                self.read().await?;
                continue;
            }
            tokio::select! {
                event = self.live.recv() => match event {
                    LiveEvent::Changed => self.is_due = true,
                    LiveEvent::Typing => return Some((Seen::Typing, self)),
                    LiveEvent::Partial(text) => return Some((Seen::Partial(text), self)),
                },
                () = tokio::time::sleep(LOOK) => self.is_due = true,
                () = tokio::time::sleep_until(self.until) => return None,
                () = self.cx.tasks.stopping() => return None,
            }
        }
    }

    /// Reads what is new. None, which ends the stream, if the database does not answer: the page comes back.
    async fn read(&mut self) -> Option<()> {
        let page = Page::after(self.after, PAGE);
        let rows = match messages::list(&self.cx.store, self.owner, self.conversation, page).await {
            Ok(rows) => rows,
            Err(error) => {
                crate::error::Error::from(error).report("web-chat");
                return None;
            }
        };
        self.is_due = rows.len() == PAGE as usize;
        self.after = rows.last().map_or(self.after, |row| row.sequence);
        self.ready.extend(
            rows.into_iter()
                .map(|row| Seen::Message(Box::new(Shown::of(row)))),
        );
        Some(())
    }
}
