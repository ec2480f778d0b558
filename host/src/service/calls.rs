//! Calls: a platform calls a channel. The channel's driver verifies the raw bytes and says what happened; that is stored, and
//! only then does the platform get its answer.

use channels::{Callback, CallbackAnswer, CallbackError, Kind};
use store::channels::{Channel, ChannelStatus};

use super::binding;
use super::channels::{parse_id, public_id};
use super::front_desk::{self, Arrived};
use crate::context::Context;
use crate::error::{Error, Result};

/// The channel that a call names.
pub async fn channel(cx: &Context, name: &str) -> Result<Channel> {
    let found = store::channels::find_anywhere(&cx.store, parse_id(name)?).await?;
    found.ok_or_else(|| Error::not_found("Channel", name))
}

/// The channel of a kind that a call names. One without a credential is not set up.
pub async fn channel_of_kind(cx: &Context, kind: Kind, name: &str) -> Result<Channel> {
    let channel = channel(cx, name).await?;
    if channel.kind != kind.as_str() {
        return Err(Error::not_found("Channel", name));
    }
    match channel.credential {
        Some(_) => Ok(channel),
        None => Err(not_set_up(kind)),
    }
}

/// The channel whose secret a call shows, where it names none. While no channel of the kind has one, nothing is set up.
pub async fn channel_of_secret(cx: &Context, kind: Kind, secret: &str) -> Result<Channel> {
    let digest = channels::telegram::secret_digest(secret);
    let found = store::channels::find_by_secret_digest(&cx.store, kind.as_str(), &digest).await?;
    if let Some(channel) = found {
        return Ok(channel);
    }
    match store::channels::any_with_secret(&cx.store, kind.as_str()).await? {
        true => Err(Error::Unauthenticated),
        false => Err(not_set_up(kind)),
    }
}

fn not_set_up(kind: Kind) -> Error {
    Error::Unavailable {
        what: "the integration",
        source: format!("no {kind} channel is set up").into(),
    }
}

/// Has the channel's driver read a call, and stores what happened. The platform's answer, and what came of each event.
pub async fn take(
    cx: &Context,
    channel: &Channel,
    callback: &Callback,
) -> Result<(CallbackAnswer, Vec<Arrived>)> {
    let name = public_id(channel.id);
    let missing = || Error::not_found("Channel", &name);
    let driver = channel
        .kind
        .parse()
        .ok()
        .and_then(|kind| cx.drivers.get(kind))
        .ok_or_else(missing)?;
    let bound = binding::open(cx, channel)?;
    let called = driver
        .callback(&bound, callback)
        .map_err(|error| match error {
            CallbackError::Unsupported => missing(),
            CallbackError::Unverified => Error::Unauthenticated,
            CallbackError::Malformed(why) => Error::invalid("body", why),
        })?;
    // Told to those alone who may know: by now it is verified. One that is out of order hears what is said all the same.
    if matches!(
        channel.status,
        ChannelStatus::Disabled | ChannelStatus::AwaitingScan
    ) {
        return Err(Error::conflict(
            format!("Channel `{name}`"),
            "it is not active",
        ));
    }
    let mut arrived = Vec::with_capacity(called.events.len());
    for event in &called.events {
        arrived.push(front_desk::arrive(cx, channel, event).await?);
    }
    Ok((called.answer, arrived))
}
