//! Deliveries.

use async_graphql::{Context, ID, Object, Result};
use store::deliveries::Delivery;
use uuid::Uuid;

use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::channels;
use crate::service::deliveries::{self, Wanted};

/// One outbound message on its way to the platform.
pub(super) struct DeliveryNode(pub(super) Delivery);

#[Object(name = "Delivery")]
impl DeliveryNode {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The channel.
    async fn channel_id(&self) -> ID {
        channels::public_id(self.0.channel_id.into()).into()
    }

    /// The conversation.
    async fn conversation_id(&self) -> ID {
        text(self.0.conversation_id)
    }

    /// The message that it brings.
    async fn message_id(&self) -> ID {
        text(self.0.message_id)
    }

    /// `pending`, `delivered`, `unknown`, `dead` or `discarded`.
    async fn status(&self) -> &str {
        &self.0.status
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

    /// Where a list goes on: the `before` of its next page.
    async fn cursor(&self) -> String {
        self.0.sequence.to_string()
    }
}

#[derive(Default)]
pub(super) struct DeliveriesQuery;

#[Object]
impl DeliveriesQuery {
    /// The deliveries of a channel, the newest first.
    async fn deliveries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
        #[graphql(desc = "Those of one status alone.")] status: Option<String>,
        #[graphql(desc = "At most so many.", default = 50)] first: u32,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Vec<DeliveryNode>> {
        let (cx, caller) = asked_by(context)?;
        let channel = channels::parse_id(&channel_id).map_err(failure::told)?;
        let before = before.map(|cursor| cursor.parse()).transpose();
        let wanted = Wanted {
            status,
            before: before.map_err(|_| {
                failure::told(crate::error::Error::invalid("before", "is not a cursor"))
            })?,
            limit: Some(first.into()),
        };
        let list = deliveries::list(cx, caller, channel, wanted)
            .await
            .map_err(failure::told)?;
        Ok(list.into_iter().map(DeliveryNode).collect())
    }
}

fn text(id: Uuid) -> ID {
    id.to_string().into()
}

#[derive(Default)]
pub(super) struct DeliveriesMutation;

#[Object]
impl DeliveriesMutation {
    /// Sends a delivery again now, also one that was given up.
    async fn retry_delivery(&self, context: &Context<'_>, id: ID) -> Result<DeliveryNode> {
        let (cx, caller) = asked_by(context)?;
        let delivery = deliveries::retry(cx, caller, read_id("id", &id)?).await;
        delivery.map(DeliveryNode).map_err(failure::told)
    }

    /// Gives a delivery up.
    async fn discard_delivery(&self, context: &Context<'_>, id: ID) -> Result<DeliveryNode> {
        let (cx, caller) = asked_by(context)?;
        let delivery = deliveries::discard(cx, caller, read_id("id", &id)?).await;
        delivery.map(DeliveryNode).map_err(failure::told)
    }
}
