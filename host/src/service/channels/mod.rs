//! Channels: a channel binds a project to a messaging platform. Its driver says what its settings mean; what is secret of
//! them is sealed before it is stored, and opened for the driver alone.

mod change;
mod connect;
mod create;
mod lists;
mod log;
mod owned;
mod webhook;

use channels::Kind;
use store::StoreError;
use store::channels::{self as rows, Channel, ChannelChanges};
use store::consoles::KIND as CONSOLE;
use store::ids::{ChannelId, ProjectId};
use store::page::Page;
use store::sessions::KIND as EXTERNAL;
use uuid::Uuid;

use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;

use super::audit::{self, Change};
pub use super::binding::{bound, public_id};
pub use change::{Changes, Made, change, make, rotate_secret, scanned, set_credential, switch};
pub use connect::{
    Connection, callback_url, connect, disconnect, inspect, integration, mask, masked, reconnect,
    set_aside, silence,
};
pub use create::{NewChannel, create};
pub(super) use create::{Place, agent_for, install};
pub use lists::{find_many, of_agents, of_projects};
pub use log::{Entry, log};
pub use owned::{
    Owned, change_owned, delete_owned, find_owned, list_owned, make_owned, require_owner,
};
pub use webhook::{
    CreatedWebhook, NewWebhook, Webhook, WebhookChanges, change_webhook, create_webhook,
    list_webhooks, rotate_key,
};
pub(super) use webhook::{new_key, nowhere, secret_of};

/// Channels that a list shows at most.
const MOST: u32 = 500;

/// A channel's id in either form, with or without `ch_`.
pub fn parse_id(text: &str) -> Result<ChannelId> {
    let uuid: Uuid = text
        .strip_prefix("ch_")
        .unwrap_or(text)
        .parse()
        .map_err(|_| Error::not_found("Channel", text))?;
    Ok(uuid.into())
}

/// A channel that the caller may see.
pub async fn find(cx: &Context, caller: &Caller, id: &str) -> Result<Channel> {
    find_for(cx, caller, parse_id(id)?, Operation::ReadProject).await
}

/// The channels of a project, oldest first.
pub async fn list(cx: &Context, caller: &Caller, project: ProjectId) -> Result<Vec<Channel>> {
    caller.require(cx, project, Operation::ReadProject).await?;
    let owner = caller.organization_id;
    Ok(rows::list(&cx.store, owner, project, Page::first(MOST)).await?)
}

/// Deletes a channel: its key ends at once, what was said on it stays to be read. It is returned as it was.
pub async fn delete(cx: &Context, caller: &Caller, id: &str) -> Result<Channel> {
    let channel = find_for(cx, caller, parse_id(id)?, Operation::ManageChannels).await?;
    if channel.kind == CONSOLE {
        return Err(Error::conflict(
            format!("Channel `{}`", public_id(channel.id)),
            "holds what people say from the live pages of this project's agents, and stays",
        ));
    }
    if channel.kind == EXTERNAL {
        return Err(Error::conflict(
            format!("Channel `{}`", public_id(channel.id)),
            "holds the sessions of external messages, and stays: revoke their token to end them",
        ));
    }
    let change = change_of("deleteChannel", &channel);
    audit::change(cx, caller, change, async {
        connect::hang_up(cx, &channel).await;
        rows::delete(&cx.store, channel.organization_id, channel.id)
            .await
            .map_err(|error| gone(&channel, error))
    })
    .await?;
    Ok(channel)
}

/// A channel, for a caller who may do `operation` in its project.
pub(super) async fn find_for(
    cx: &Context,
    caller: &Caller,
    id: ChannelId,
    operation: Operation,
) -> Result<Channel> {
    let channel = rows::find(&cx.store, caller.organization_id, id)
        .await?
        .ok_or_else(|| Error::not_found("Channel", public_id(id)))?;
    caller.require(cx, channel.project_id, operation).await?;
    Ok(channel)
}

pub(super) fn change_of(action: &'static str, channel: &Channel) -> Change {
    Change::of(action, channel.project_id, "channel", public_id(channel.id))
}

pub(super) async fn update(
    cx: &Context,
    channel: &Channel,
    changes: ChannelChanges,
) -> Result<Channel> {
    let changed = rows::update(&cx.store, channel.organization_id, channel.id, changes)
        .await
        .map_err(|error| gone(channel, error))?;
    cx.live.changed(Topic::Channels(changed.project_id));
    // What has waited for it goes out.
    cx.live.changed(Topic::Outbox);
    Ok(changed)
}

fn gone(channel: &Channel, error: StoreError) -> Error {
    match error {
        StoreError::NotFound => Error::not_found("Channel", public_id(channel.id)),
        error => error.into(),
    }
}

/// The driver of a kind, or why there is none.
fn driver<'a>(cx: &'a Context, kind: &str) -> Result<&'a dyn channels::Driver> {
    let unknown = || {
        Error::invalid(
            "kind",
            format!("this host has no driver for `{kind}` channels"),
        )
    };
    let kind: Kind = kind.parse().map_err(|_| unknown())?;
    cx.drivers.get(kind).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_both_forms() {
        let id = ChannelId::new();
        assert_eq!(parse_id(&public_id(id)).unwrap(), id);
        assert_eq!(parse_id(&id.to_string()).unwrap(), id);
        assert_eq!(parse_id("ch_abc123").unwrap_err().code(), "not_found");
    }
}
