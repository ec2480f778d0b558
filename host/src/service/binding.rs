//! Binding: a channel as its driver sees it, with its credential opened, and what a driver finds out about a channel.

use channels::{BoundChannel, Secret};
use serde_json::Value;
use store::channels::{self as rows, Channel, ChannelStatus};
use store::ids::{ChannelId, OrganizationId};

use crate::content::without_nul;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;
use crate::vault::Aad;

/// Where a channel's credential is sealed.
pub fn credential_place(channel: &ChannelId) -> Aad<'static> {
    Aad {
        table: "channels",
        row: channel.uuid(),
        field: "credential",
    }
}

/// The id of a channel as people and platforms see it.
pub fn public_id(channel: ChannelId) -> String {
    format!("ch_{}", channel.uuid().simple())
}

/// Opens a channel for its driver.
pub fn open(cx: &Context, channel: &Channel) -> Result<BoundChannel> {
    let credential = match &channel.credential {
        Some(sealed) => cx
            .vault
            .open_json(sealed, &credential_place(&channel.id))
            .map_err(Error::internal)?,
        None => Secret::new(Value::Null),
    };
    Ok(BoundChannel {
        id: public_id(channel.id),
        configuration: channel.configuration.clone(),
        credential,
    })
}

/// Reads and opens a channel for its driver. No caller's right is asked: a delivery is the host's own work.
pub async fn bound(
    cx: &Context,
    organization: OrganizationId,
    channel: ChannelId,
) -> Result<BoundChannel> {
    let found = store::channels::find(&cx.store, organization, channel).await?;
    open(
        cx,
        &found.ok_or_else(|| Error::not_found("Channel", public_id(channel)))?,
    )
}

/// Marks a channel as out of order, for the reason given; one that its owner switched off stays so.
pub async fn out_of_order(
    cx: &Context,
    organization: OrganizationId,
    channel: ChannelId,
    status: ChannelStatus,
    why: &str,
) -> Result<()> {
    let why = without_nul(why);
    let marked = rows::out_of_order(&cx.store, organization, channel, status, &why).await?;
    if let Some(project) = marked {
        cx.live.changed(Topic::Channels(project));
        let channel = public_id(channel);
        tracing::warn!(channel, %status, why, "a channel is out of order");
    }
    Ok(())
}

/// Marks a channel as one that works, with what its owner should know all the same; what waited for it goes out.
pub async fn works(
    cx: &Context,
    organization: OrganizationId,
    channel: ChannelId,
    note: Option<&str>,
) -> Result<()> {
    let note = note.map(without_nul);
    let marked = rows::works(&cx.store, organization, channel, note.as_deref()).await?;
    if let Some(project) = marked {
        cx.live.changed(Topic::Channels(project));
        cx.live.changed(Topic::Outbox);
        tracing::info!(channel = public_id(channel), note, "a channel works");
    }
    Ok(())
}

/// Marks a channel that was out of order as one that works; what waited for it goes out.
pub async fn recovered(
    cx: &Context,
    organization: OrganizationId,
    channel: ChannelId,
) -> Result<()> {
    if let Some(project) = rows::recover(&cx.store, organization, channel).await? {
        cx.live.changed(Topic::Channels(project));
        // What has waited for it goes out.
        cx.live.changed(Topic::Outbox);
        tracing::info!(channel = public_id(channel), "a channel works again");
    }
    Ok(())
}
