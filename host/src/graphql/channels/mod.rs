//! Channels.

mod change;
mod node;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

pub(super) use self::change::ChannelsMutation;
pub(super) use self::node::ChannelNode;
use super::{asked_by, failure};
use crate::service::channels;

#[derive(Default)]
pub(super) struct ChannelsQuery;

#[Object]
impl ChannelsQuery {
    /// A channel.
    async fn channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<ChannelNode> {
        let (cx, caller) = asked_by(context)?;
        let channel = channels::find(cx, caller, &id).await;
        channel
            .map(Arc::new)
            .map(ChannelNode)
            .map_err(failure::told)
    }
}
