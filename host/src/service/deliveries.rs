//! Deliveries: a delivery is one outbound message on its way to the platform. Its owner can send it again or give it up.

use std::collections::HashMap;

use store::channels as rows;
use store::deliveries::{self, Delivery};
use store::ids::{ChannelId, DeliveryId, ProjectId};
use store::page::{Listed, Stretch};

use super::audit::{self, Change};
use super::channels;
use super::placed::{self, Placed, Within};
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;

/// The deliveries that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[DeliveryId],
) -> Result<HashMap<DeliveryId, Placed<Delivery>>> {
    let owner = reach.organization_id();
    let found = deliveries::find_many(&cx.store, owner, ids).await?;
    let channels: Vec<ChannelId> = found.iter().map(|row| row.channel_id.into()).collect();
    let projects = rows::projects_of(&cx.store, owner, &channels).await?;
    let place = |delivery: Delivery| {
        let project = *projects.get(&delivery.channel_id.into())?;
        let seen = reach.may(project, Operation::ReadConversations);
        seen.then(|| (delivery.id.into(), Placed::new(delivery, project)))
    };
    Ok(found.into_iter().filter_map(place).collect())
}

/// A stretch of the deliveries of each channel, the newest first; of one status, if it is given.
pub async fn of_channels(
    cx: &Context,
    reach: &Reach,
    channels: &[Within<ChannelId>],
    status: Option<&str>,
    stretch: &Stretch<i64>,
) -> Result<HashMap<Within<ChannelId>, Listed<Placed<Delivery>>>> {
    let parents = placed::allowed(reach, channels, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let owner = reach.organization_id();
    let read = deliveries::of_channels(&cx.store, owner, &ids, status, stretch).await?;
    Ok(placed::lists(parents, read, Placed::new))
}

/// Sends a delivery again now, also one that was given up.
pub async fn retry(cx: &Context, caller: &Caller, id: DeliveryId) -> Result<Placed<Delivery>> {
    let project = authorise(cx, caller, id).await?;
    let change = Change::of("retryDelivery", project, "delivery", id);
    audit::change(cx, caller, change, async {
        let done = deliveries::retry(&cx.store, caller.organization_id, id).await?;
        if !done {
            return Err(busy(id, "was delivered, or is being tried at this moment"));
        }
        Ok(Placed::new(changed(cx, caller, id).await?, project))
    })
    .await
}

/// Gives a delivery up.
pub async fn discard(cx: &Context, caller: &Caller, id: DeliveryId) -> Result<Placed<Delivery>> {
    let project = authorise(cx, caller, id).await?;
    let change = Change::of("discardDelivery", project, "delivery", id);
    audit::change(cx, caller, change, async {
        let done = deliveries::discard(&cx.store, caller.organization_id, id).await?;
        if !done {
            return Err(busy(id, "is over, or is being tried at this moment"));
        }
        Ok(Placed::new(changed(cx, caller, id).await?, project))
    })
    .await
}

async fn authorise(cx: &Context, caller: &Caller, id: DeliveryId) -> Result<ProjectId> {
    let delivery = find(cx, caller, id).await?;
    let channel = delivery.channel_id.into();
    let operation = Operation::ManageDeliveries;
    let channel = channels::find_for(cx, caller, channel, operation).await?;
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
