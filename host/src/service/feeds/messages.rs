//! Messages for one watcher: from the table up to where the feed is, then from the feed, and from the table again where the
//! watcher was too slow for it. What it has seen last decides, so that nothing comes twice and nothing is left out.

use std::collections::VecDeque;
use std::sync::Arc;

use store::Store;
use store::ids::MessageId;
use store::messages::{self, Message};
use store::page::Page;

use super::guard::Guarded;
use super::over;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::feed::{Gap, Watching};
use crate::live::sources::MessagesOf;

/// Messages that someone who comes for the first time is shown.
const LAST: u32 = 50;

/// See the module.
pub(super) struct Messages {
    store: Store,
    source: MessagesOf,
    watching: Watching<Message>,
    /// The place of the last one that was handed out.
    seen: i64,
    /// What was read from the table and comes next.
    ready: VecDeque<Arc<Message>>,
    /// Whether the table has to be read before the feed goes on.
    is_behind: bool,
}

impl Messages {
    /// After a message that is known, or from now on.
    pub(super) async fn open(
        cx: &Context,
        source: MessagesOf,
        after: Option<MessageId>,
    ) -> Result<Messages> {
        // First the feed, then the table: what is added in between is in both, and never in neither.
        let feed = &cx.feeds.messages;
        let watching = feed.watch(source, &cx.live, &cx.store, &cx.tasks).await;
        let watching = watching.map_err(|_| over())?;
        let seen = match after {
            Some(id) => place(cx, source, id).await?,
            None => source.end(&cx.store).await?,
        };
        Ok(Messages {
            store: cx.store.clone(),
            source,
            watching,
            seen,
            ready: VecDeque::new(),
            is_behind: after.is_some(),
        })
    }

    /// From the last fifty on.
    pub(super) async fn open_with_last(cx: &Context, source: MessagesOf) -> Result<Messages> {
        let mut messages = Messages::open(cx, source, None).await?;
        let (owner, conversation) = (source.owner, source.conversation);
        let last = messages::list_back(&cx.store, owner, conversation, Page::first(LAST)).await?;
        messages.ready = last.into_iter().rev().map(Arc::new).collect();
        Ok(messages)
    }

    /// What was read and comes next, all of it.
    pub(super) fn take_ready(&mut self) -> Vec<Arc<Message>> {
        let ready: Vec<_> = self.ready.drain(..).collect();
        self.seen = ready.last().map_or(self.seen, |last| last.sequence);
        ready
    }

    async fn read(&mut self) -> Result<()> {
        let (list, is_more) = self.source.after(&self.store, self.seen).await?;
        self.ready.extend(list.into_iter().map(Arc::new));
        self.is_behind = is_more;
        Ok(())
    }
}

impl Guarded for Messages {
    type Item = Arc<Message>;

    async fn next(&mut self) -> Result<Arc<Message>> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                self.seen = message.sequence;
                return Ok(message);
            }
            if self.is_behind {
                self.read().await?;
                continue;
            }
            match self.watching.next().await {
                Ok(message) if message.sequence <= self.seen => {}
                Ok(message) => {
                    self.seen = message.sequence;
                    return Ok(message);
                }
                Err(Gap::Behind) => self.is_behind = true,
                Err(Gap::Over) => return Err(over()),
            }
        }
    }
}

async fn place(cx: &Context, source: MessagesOf, id: MessageId) -> Result<i64> {
    let message = messages::find(&cx.store, source.owner, source.conversation, id).await?;
    let message = message.ok_or_else(|| {
        Error::invalid(
            "after",
            format!("`{id}` is no message of this conversation"),
        )
    })?;
    Ok(message.sequence)
}
