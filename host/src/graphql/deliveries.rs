//! Deliveries.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use store::deliveries::Delivery;
use store::ids::{ChannelId, ConversationId, DeliveryId};

use super::channels::ChannelNode;
use super::connection::{self, Nodes, Paging};
use super::conversations::ConversationNode;
use super::loaders::{self, DeliveriesOfChannel};
use super::messages::MessageNode;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::placed::{Placed, Rooted};
use crate::service::{channels, deliveries};

/// How a delivery stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub(super) enum DeliveryStatus {
    /// It is to be tried, for the first time or again.
    Pending,
    /// The platform took it.
    Delivered,
    /// It may have been taken or not.
    Unknown,
    /// It was given up after all its attempts.
    Dead,
    /// Its owner gave it up.
    Discarded,
}

impl DeliveryStatus {
    /// The word of the table.
    pub(super) fn word(self) -> &'static str {
        match self {
            DeliveryStatus::Pending => "pending",
            DeliveryStatus::Delivered => "delivered",
            DeliveryStatus::Unknown => "unknown",
            DeliveryStatus::Dead => "dead",
            DeliveryStatus::Discarded => "discarded",
        }
    }

    fn of(word: &str) -> Self {
        let all = [
            DeliveryStatus::Delivered,
            DeliveryStatus::Unknown,
            DeliveryStatus::Dead,
            DeliveryStatus::Discarded,
        ];
        let found = all.into_iter().find(|status| status.word() == word);
        found.unwrap_or(DeliveryStatus::Pending)
    }
}

/// One outbound message on its way to the platform.
pub(super) struct DeliveryNode(pub(super) Arc<Placed<Delivery>>);

/// One outbound message on its way to the platform.
#[Object(name = "Delivery", crate = "library")]
impl DeliveryNode {
    /// Names it everywhere: `dlv_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        DeliveryId::from(self.0.id).public().into()
    }

    /// The channel, unless it is gone.
    async fn channel(&self, context: &Context<'_>) -> Result<Option<ChannelNode>> {
        let channel = loaders::one(context, ChannelId::from(self.0.channel_id)).await?;
        Ok(channel.map(ChannelNode))
    }

    /// The conversation.
    async fn conversation(&self, context: &Context<'_>) -> Result<Option<ConversationNode>> {
        let id = ConversationId::from(self.0.conversation_id);
        let conversation = loaders::one(context, id).await?;
        Ok(conversation.map(ConversationNode))
    }

    /// The message that it brings.
    async fn message(&self, context: &Context<'_>) -> Result<Option<MessageNode>> {
        let message = loaders::one(context, self.0.message()).await?;
        Ok(message.map(MessageNode))
    }

    /// How it stands.
    async fn status(&self) -> DeliveryStatus {
        DeliveryStatus::of(&self.0.status)
    }

    /// How often it was tried.
    async fn attempts(&self) -> i16 {
        self.0.attempts
    }

    /// When it is tried next, where it is pending.
    async fn next_attempt_at(&self) -> Time {
        Time(self.0.next_attempt_at)
    }

    /// The status with which the platform answered last.
    async fn platform_status(&self) -> Option<i32> {
        self.0.platform_status
    }

    /// What went wrong last.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// When it was made.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<Time> {
        self.0.finished_at.map(Time)
    }
}

#[derive(Default)]
pub(super) struct DeliveriesQuery;

#[expect(clippy::too_many_arguments, reason = "each is one of the query's")]
#[Object]
impl DeliveriesQuery {
    /// The deliveries of a channel, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn deliveries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
        #[graphql(desc = "Those of one status alone.")] status: Option<DeliveryStatus>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<DeliveryNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let channel = channels::find(cx, caller, &channel_id).await;
        let key = DeliveriesOfChannel {
            parent: channel.map_err(failure::told)?.place(),
            status: status.map(DeliveryStatus::word),
            stretch,
        };
        loaders::list(context, key, |delivery| delivery.sequence, DeliveryNode).await
    }
}

#[derive(Default)]
pub(super) struct DeliveriesMutation;

#[Object]
impl DeliveriesMutation {
    /// Sends a delivery again now, also one that was given up.
    async fn retry_delivery(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The delivery.")] id: ID,
    ) -> Result<DeliveryNode> {
        let (cx, caller) = asked_by(context)?;
        let delivery = deliveries::retry(cx, caller, read_id("id", &id)?).await;
        delivery
            .map(Arc::new)
            .map(DeliveryNode)
            .map_err(failure::told)
    }

    /// Gives a delivery up.
    async fn discard_delivery(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The delivery.")] id: ID,
    ) -> Result<DeliveryNode> {
        let (cx, caller) = asked_by(context)?;
        let delivery = deliveries::discard(cx, caller, read_id("id", &id)?).await;
        delivery
            .map(Arc::new)
            .map(DeliveryNode)
            .map_err(failure::told)
    }
}
