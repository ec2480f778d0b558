//! Deliveries: a delivery is one outbound message on its way to the platform. Its owner can send it again or give it up.

use store::deliveries::{self, Delivery};
use store::ids::{ChannelId, DeliveryId, ProjectId};

use super::audit::{self, Change};
use super::channels;
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;

/// Deliveries that a list shows at most.
const MOST: i64 = 200;

/// Which deliveries.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Those of one status, or all.
    pub status: Option<String>,
    /// Those before this one, by its sequence.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: Option<i64>,
}

/// The deliveries of a channel, the newest first.
pub async fn list(
    cx: &Context,
    caller: &Caller,
    channel: ChannelId,
    wanted: Wanted,
) -> Result<Vec<Delivery>> {
    let channel = channels::find_for(cx, caller, channel, Operation::ReadConversations).await?;
    let limit = wanted.limit.unwrap_or(50).clamp(1, MOST);
    let status = wanted.status.as_deref();
    let list = deliveries::list(
        &cx.store,
        channel.organization_id,
        channel.id,
        status,
        wanted.before,
        limit,
    );
    Ok(list.await?)
}

/// Sends a delivery again now, also one that was given up.
pub async fn retry(cx: &Context, caller: &Caller, id: DeliveryId) -> Result<Delivery> {
    let project = authorise(cx, caller, id).await?;
    let change = Change::of("retryDelivery", project, "delivery", id);
    audit::change(cx, caller, change, async {
        let done = deliveries::retry(&cx.store, caller.organization_id, id).await?;
        if !done {
            return Err(busy(id, "was delivered, or is being tried at this moment"));
        }
        changed(cx, caller, id).await
    })
    .await
}

/// Gives a delivery up.
pub async fn discard(cx: &Context, caller: &Caller, id: DeliveryId) -> Result<Delivery> {
    let project = authorise(cx, caller, id).await?;
    let change = Change::of("discardDelivery", project, "delivery", id);
    audit::change(cx, caller, change, async {
        let done = deliveries::discard(&cx.store, caller.organization_id, id).await?;
        if !done {
            return Err(busy(id, "is over, or is being tried at this moment"));
        }
        changed(cx, caller, id).await
    })
    .await
}

async fn authorise(cx: &Context, caller: &Caller, id: DeliveryId) -> Result<ProjectId> {
    let delivery = find(cx, caller, id).await?;
    let channel = channels::find_for(
        cx,
        caller,
        delivery.channel_id.into(),
        Operation::ManageDeliveries,
    )
    .await?;
    Ok(channel.project_id)
}

async fn find(cx: &Context, caller: &Caller, id: DeliveryId) -> Result<Delivery> {
    deliveries::find(&cx.store, caller.organization_id, id)
        .await?
        .ok_or_else(|| Error::not_found("Delivery", id))
}

/// The delivery as it is now, of which those who watch its channel are told, and the outbox.
async fn changed(cx: &Context, caller: &Caller, id: DeliveryId) -> Result<Delivery> {
    let delivery = find(cx, caller, id).await?;
    cx.live
        .changed(Topic::Deliveries(delivery.channel_id.into()));
    cx.live.changed(Topic::Outbox);
    Ok(delivery)
}

fn busy(id: DeliveryId, why: &str) -> Error {
    Error::conflict(format!("Delivery `{id}`"), why)
}
