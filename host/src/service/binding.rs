//! Binding: a channel as its driver sees it, with its credential opened, and what a driver finds out about a channel.

use channels::{BoundChannel, Secret};
use serde_json::Value;
use store::channels::{Channel, ChannelChanges, ChannelStatus};
use store::ids::{ChannelId, OrganizationId};

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

/// Marks a channel that takes no message any more until its owner acts.
pub async fn broken(
    cx: &Context,
    organization: OrganizationId,
    channel: ChannelId,
    why: &str,
) -> Result<()> {
    let changes = ChannelChanges {
        status: Some(ChannelStatus::Error),
        status_reason: Some(Some(why.to_owned())),
        ..ChannelChanges::default()
    };
    let marked = store::channels::update(&cx.store, organization, channel, changes).await?;
    cx.live.changed(Topic::Channels(marked.project_id));
    tracing::warn!(
        channel = public_id(channel),
        why,
        "a channel is out of order"
    );
    Ok(())
}
