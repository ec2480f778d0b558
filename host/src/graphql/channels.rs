//! Channels.

use async_graphql::{Context, Enum, ID, Object, Result};
use store::channels::{Channel, ChannelStatus};

use super::scalars::{Json, Time};
use super::{asked_by, failure};
use crate::service::channels;

/// Whether a channel works.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "ChannelStatus", remote = "ChannelStatus")]
pub(super) enum ChannelStatusShown {
    /// Its owner switched it off.
    Disabled,
    /// It waits for its owner to scan a code.
    AwaitingScan,
    /// It works.
    Active,
    /// Its session on the platform ended.
    Expired,
    /// It does not work, for the reason given.
    Error,
}

/// A binding of a project to a messaging platform. What is secret of it is never shown.
pub(super) struct ChannelNode(pub(super) Channel);

#[Object(name = "Channel")]
impl ChannelNode {
    /// `ch_` and 32 hexadecimal digits.
    async fn id(&self) -> ID {
        channels::public_id(self.0.id).into()
    }

    /// The platform: `webhook`, `web`, `telegram` and so on.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The id of the agent that answers.
    async fn primary_agent_id(&self) -> Option<ID> {
        self.0.primary_agent_id.map(|id| id.to_string().into())
    }

    /// Whether it works.
    async fn status(&self) -> ChannelStatusShown {
        self.0.status.into()
    }

    /// Why it is in that status, where there is something to say.
    async fn status_reason(&self) -> Option<&str> {
        self.0.status_reason.as_deref()
    }

    /// What its driver was configured with.
    async fn configuration(&self) -> Json {
        Json(self.0.configuration.clone())
    }

    /// Since when it exists.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

#[derive(Default)]
pub(super) struct ChannelsQuery;

#[Object]
impl ChannelsQuery {
    /// A channel.
    async fn channel(&self, context: &Context<'_>, id: ID) -> Result<ChannelNode> {
        let (cx, caller) = asked_by(context)?;
        channels::find(cx, caller, &id)
            .await
            .map(ChannelNode)
            .map_err(failure::told)
    }
}
