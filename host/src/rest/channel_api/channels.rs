//! "Create a channel", "List channels", "Delete a channel" and "Rotate API key" of the document.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::failure::Failure;
use super::wire::{self, ChannelList, ChannelShown, Done, RotatedKey};
use crate::auth::Proof;
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::channels;

pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
) -> Result<Json<ChannelList>, Failure> {
    let list = channels::list_webhooks(&cx, &proof.caller()?).await?;
    Ok(Json(ChannelList::of(list)))
}

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

pub(super) async fn delete(
    State(cx): State<Context>,
    proof: Proof,
    Path(id): Path<String>,
) -> Result<Json<Done>, Failure> {
    channels::delete(&cx, &proof.caller()?, &id).await?;
    Ok(Json(Done::default()))
}

pub(super) async fn rotate_key(
    State(cx): State<Context>,
    proof: Proof,
    Path(id): Path<String>,
) -> Result<Json<RotatedKey>, Failure> {
    let key = channels::rotate_key(&cx, &proof.caller()?, &id).await?;
    Ok(Json(RotatedKey::of(id, key)))
}
