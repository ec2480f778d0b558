//! Log lines for one watcher: the last ones or those after one that is known, then as they are written. Their ids are made
//! before they are seen, so that a line may come after one with a higher id: whoever comes back is told again what was written
//! in the seconds before the last line that they know, and leaves out what they have.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use store::Store;
use store::agent_log::{self, LogLine};
use store::ids::LogLineId;
use store::page::Page;
use uuid::Builder;

use super::guard::Guarded;
use super::over;
use crate::context::Context;
use crate::error::Result;
use crate::live::feed::{Gap, Watching};
use crate::live::sources::{LogOf, Recent, WHILE};

/// Lines of one read.
const PAGE: u32 = 100;

/// See the module.
pub(super) struct Lines {
    store: Store,
    source: LogOf,
    watching: Watching<LogLine>,
    recent: Recent<LogLineId, LogLineId>,
    /// What was read from the table and comes next.
    ready: VecDeque<Arc<LogLine>>,
    /// Whether the table has to be read before the feed goes on.
    is_behind: bool,
}

impl Lines {
    /// After a line that is known, or from the last hundred on.
    pub(super) async fn open(
        cx: &Context,
        source: LogOf,
        after: Option<LogLineId>,
    ) -> Result<Lines> {
        // First the feed, then the table: what is added in between is in both, and never in neither.
        let feed = &cx.feeds.log;
        let watching = feed.watch(source, &cx.live, &cx.store, &cx.tasks).await;
        let mut lines = Lines {
            store: cx.store.clone(),
            source,
            watching: watching.map_err(|_| over())?,
            recent: Recent::from(after.map_or(LogLineId::nil(), a_while_before)),
            ready: VecDeque::new(),
            is_behind: after.is_some(),
        };
        if after.is_none() {
            lines.read_last().await?;
        }
        Ok(lines)
    }

    /// What was read and comes next, all of it.
    pub(super) fn take_ready(&mut self) -> Vec<Arc<LogLine>> {
        self.ready.drain(..).collect()
    }

    async fn read_last(&mut self) -> Result<()> {
        let (owner, agent) = (self.source.owner, self.source.agent);
        let mut last = agent_log::list(&self.store, owner, agent, Page::first(PAGE)).await?;
        last.reverse();
        if let Some(oldest) = last.first() {
            self.recent = Recent::from(oldest.id);
        }
        self.hold(last);
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        let (owner, agent) = (self.source.owner, self.source.agent);
        let (floor, known) = (self.recent.floor(), self.recent.ids());
        let limit = PAGE.into();
        let list = agent_log::follow(&self.store, owner, agent, floor, limit, &known).await?;
        self.is_behind = list.len() >= PAGE as usize;
        self.hold(list);
        Ok(())
    }

    fn hold(&mut self, list: Vec<LogLine>) {
        for line in list {
            self.recent.saw(line.id, line.id);
            self.ready.push_back(Arc::new(line));
        }
    }
}

impl Guarded for Lines {
    type Item = Arc<LogLine>;

    async fn next(&mut self) -> Result<Arc<LogLine>> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Ok(line);
            }
            if self.is_behind {
                self.read().await?;
                continue;
            }
            match self.watching.next().await {
                Ok(line) if line.id <= self.recent.floor() || self.recent.has(line.id) => {}
                Ok(line) => {
                    self.recent.saw(line.id, line.id);
                    return Ok(line);
                }
                Err(Gap::Behind) => self.is_behind = true,
                Err(Gap::Over) => return Err(over()),
            }
        }
    }
}

/// The lowest id that could have been made so long before another one.
fn a_while_before(id: LogLineId) -> LogLineId {
    let (seconds, nanos) = match id.uuid().get_timestamp() {
        Some(made) => made.to_unix(),
        None => (0, 0),
    };
    let made = Duration::new(seconds, nanos).saturating_sub(WHILE);
    let millis = u64::try_from(made.as_millis()).unwrap_or(0);
    let lowest = Builder::from_unix_timestamp_millis(millis, &[0; 10]);
    lowest.into_uuid().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_back_is_told_of_some_seconds_before() {
        let known = LogLineId::new();
        let from = a_while_before(known);
        assert!(from < known);
        let at = |id: LogLineId| id.uuid().get_timestamp().unwrap().to_unix();
        let ((then, _), (now, _)) = (at(from), at(known));
        assert!((2..=4).contains(&(now - then)), "{then} {now}");
        assert_eq!(a_while_before(LogLineId::nil()).uuid().get_version_num(), 7);
    }
}
