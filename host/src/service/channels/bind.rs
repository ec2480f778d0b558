//! A bound channel is one whose credential has been opened for its driver.

use channels::{BoundChannel, Secret};
use serde_json::Value;
use store::StoreError;
use store::channels::{self as rows, Channel, ChannelChanges, ChannelStatus};
use store::ids::{ChannelId, OrganizationId};

use super::public_id;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::vault::Aad;

/// A channel as its driver needs it. For the host itself, which needs no right.
pub async fn bound(cx: &Context, owner: OrganizationId, id: ChannelId) -> Result<BoundChannel> {
    let channel = rows::find(&cx.store, owner, id)
        .await?
        .ok_or_else(|| Error::not_found("Channel", public_id(id)))?;
    bind(cx, &channel)
}

/// Notes that nothing can be delivered on a channel until its owner acts, and why. For the host itself.
pub async fn broken(cx: &Context, owner: OrganizationId, id: ChannelId, why: &str) -> Result<()> {
    let changes = ChannelChanges {
        status: Some(ChannelStatus::Error),
        status_reason: Some(Some(why.to_owned())),
        ..ChannelChanges::default()
    };
    match rows::update(&cx.store, owner, id, changes).await {
        // Deleted in between: nothing is left to note.
        Ok(_) | Err(StoreError::NotFound) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Opens a channel's credential.
pub(super) fn bind(cx: &Context, channel: &Channel) -> Result<BoundChannel> {
    let credential = match &channel.credential {
        Some(sealed) => cx
            .vault
            .open_json(sealed, &credential_place(channel.id))
            .map_err(Error::internal)?,
        None => Secret::new(Value::Null),
    };
    Ok(BoundChannel {
        id: public_id(channel.id),
        configuration: channel.configuration.clone(),
        credential,
    })
}

/// Seals a channel's credential.
pub(super) fn seal(cx: &Context, id: ChannelId, credential: &Secret<Value>) -> Result<Vec<u8>> {
    cx.vault
        .seal_json(credential.expose(), &credential_place(id))
        .map_err(Error::internal)
}

/// Where a channel's credential is sealed for.
pub(in crate::service) fn credential_place(id: ChannelId) -> Aad<'static> {
    Aad {
        table: "channels",
        row: id.uuid(),
        field: "credential",
    }
}
