//! Channels of a project whose status changed.

use std::collections::HashMap;

use async_trait::async_trait;
use store::channels::{self, Channel, ChannelStatus};
use store::ids::{ChannelId, OrganizationId, ProjectId};
use store::page::Page;
use store::{Store, StoreError};

use crate::live::Topic;
use crate::live::feed::Source;

/// Channels that are followed.
const MOST: u32 = 500;

/// Whose channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChannelsOf {
    /// Whose project.
    pub owner: OrganizationId,
    /// Which.
    pub project: ProjectId,
}

type Status = (ChannelStatus, Option<String>);

#[async_trait]
impl Source for ChannelsOf {
    type Item = Channel;
    type Place = HashMap<ChannelId, Status>;

    fn topic(&self) -> Topic {
        Topic::Channels(self.project)
    }

    async fn start(&self, store: &Store) -> Result<Self::Place, StoreError> {
        let list = self.list(store).await?;
        Ok(list.into_iter().map(status_of).collect())
    }

    async fn read(
        &self,
        store: &Store,
        place: &mut Self::Place,
    ) -> Result<(Vec<Channel>, bool), StoreError> {
        let list = self.list(store).await?;
        let mut changed = Vec::new();
        for channel in &list {
            let (id, status) = status_of(channel.clone());
            if place.insert(id, status.clone()) != Some(status) {
                changed.push(channel.clone());
            }
        }
        place.retain(|id, _| list.iter().any(|channel| channel.id == *id));
        Ok((changed, false))
    }
}

impl ChannelsOf {
    async fn list(&self, store: &Store) -> Result<Vec<Channel>, StoreError> {
        channels::list(store, self.owner, self.project, Page::first(MOST)).await
    }
}

fn status_of(channel: Channel) -> (ChannelId, Status) {
    (channel.id, (channel.status, channel.status_reason))
}
