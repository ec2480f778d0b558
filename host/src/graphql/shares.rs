//! Shares.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use store::groups::Share;

use super::channels::ChannelNode;
use super::loaders;
use super::resolve::library;
use super::scalars::Time;

/// A group of a messaging product whose members may talk to an agent.
pub(super) struct ShareNode(pub(super) Arc<Share>);

/// A group of a messaging product whose members may talk to an agent.
#[Object(name = "Share", crate = "library")]
impl ShareNode {
    /// The channel of the group.
    async fn channel(&self, context: &Context<'_>) -> Result<Option<ChannelNode>> {
        let channel = loaders::one(context, self.0.channel_id).await?;
        Ok(channel.map(ChannelNode))
    }

    /// The product's id of the group.
    async fn group_external_id(&self) -> &str {
        let chat = &self.0.platform_chat_id;
        chat.strip_prefix("g:").unwrap_or(chat)
    }

    /// Since when.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}
