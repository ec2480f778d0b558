//! Log lines of an agent.

use async_trait::async_trait;
use store::agent_log::{self, LogLine};
use store::ids::{AgentId, LogLineId, OrganizationId};
use store::page::Page;
use store::{Store, StoreError};

use super::PAGE;
use super::recent::Recent;
use crate::live::Topic;
use crate::live::feed::Source;

/// Whose log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogOf {
    /// Whose agent.
    pub owner: OrganizationId,
    /// Which.
    pub agent: AgentId,
}

/// How far the reader has come.
pub struct Place(Recent<LogLineId, LogLineId>);

#[async_trait]
impl Source for LogOf {
    type Item = LogLine;
    type Place = Place;

    fn topic(&self) -> Topic {
        Topic::AgentLog(self.agent)
    }

    async fn start(&self, store: &Store) -> Result<Self::Place, StoreError> {
        let last = agent_log::list(store, self.owner, self.agent, Page::first(1)).await?;
        let from = last.first().map_or(LogLineId::nil(), |line| line.id);
        Ok(Place(Recent::from(from)))
    }

    async fn read(
        &self,
        store: &Store,
        place: &mut Self::Place,
    ) -> Result<(Vec<LogLine>, bool), StoreError> {
        let (after, known) = (place.0.floor(), place.0.ids());
        let list = agent_log::follow(store, self.owner, self.agent, after, PAGE, &known).await?;
        for line in &list {
            place.0.saw(line.id, line.id);
        }
        let is_more = i64::try_from(list.len()).is_ok_and(|count| count >= PAGE);
        Ok((list, is_more))
    }
}
