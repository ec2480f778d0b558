//! "Create a channel", "List channels", "Delete a channel" and "Rotate API key" of the document.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::bodies::{ChannelChanges, NewChannel};
use super::failure::Failure;
use super::wire::{self, ChannelList, ChannelShown, Done, RotatedKey};
use crate::auth::Proof;
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::channels;

/// The caller's webhook channels.
#[utoipa::path(
    get,
    path = "/api/channels",
    tag = "Channel API",
    operation_id = "channel_api_list",
    responses((status = 200, description = "The channels, without their keys", body = ChannelList), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
) -> Result<Json<ChannelList>, Failure> {
    let list = channels::list_webhooks(&cx, &proof.caller()?).await?;
    Ok(Json(ChannelList::of(list)))
}

/// Makes a channel, and shows its key and secret this once.
#[utoipa::path(
    post,
    path = "/api/channels",
    tag = "Channel API",
    operation_id = "channel_api_create",
    request_body(content = NewChannel),
    responses((status = 201, description = "The channel", body = ChannelShown), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn create(
    State(cx): State<Context>,
    proof: Proof,
    body: JsonObject,
) -> Result<(StatusCode, Json<ChannelShown>), Failure> {
    let caller = proof.caller()?;
    let created =
        channels::create_webhook(&cx, &caller, wire::new_webhook(&body.fields()?)?).await?;
    Ok((StatusCode::CREATED, Json(ChannelShown::created(created))))
}

/// Changes a channel.
#[utoipa::path(
    patch,
    path = "/api/channels/{id}",
    tag = "Channel API",
    operation_id = "channel_api_change",
    params(("id" = String, Path, description = "The channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")),
    request_body(content = ChannelChanges),
    responses((status = 200, description = "The channel as it is now", body = ChannelShown), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn change(
    State(cx): State<Context>,
    proof: Proof,
    Path(id): Path<String>,
    body: JsonObject,
) -> Result<Json<ChannelShown>, Failure> {
    let caller = proof.caller()?;
    let changes = wire::changes(&body.fields()?)?;
    let changed = channels::change_webhook(&cx, &caller, &id, changes).await?;
    Ok(Json(ChannelShown::listed(changed)))
}

/// Deletes a channel.
#[utoipa::path(
    delete,
    path = "/api/channels/{id}",
    tag = "Channel API",
    operation_id = "channel_api_delete",
    params(("id" = String, Path, description = "The channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")),
    responses((status = 200, description = "It is gone", body = Done), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn delete(
    State(cx): State<Context>,
    proof: Proof,
    Path(id): Path<String>,
) -> Result<Json<Done>, Failure> {
    channels::delete(&cx, &proof.caller()?, &id).await?;
    Ok(Json(Done::default()))
}

/// Makes a new key, and ends the old one.
#[utoipa::path(
    post,
    path = "/api/channels/{id}/rotate-key",
    tag = "Channel API",
    operation_id = "channel_api_rotate_key",
    params(("id" = String, Path, description = "The channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")),
    responses((status = 200, description = "The new key, shown this once", body = RotatedKey), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn rotate_key(
    State(cx): State<Context>,
    proof: Proof,
    Path(id): Path<String>,
) -> Result<Json<RotatedKey>, Failure> {
    let key = channels::rotate_key(&cx, &proof.caller()?, &id).await?;
    Ok(Json(RotatedKey::of(id, key)))
}
