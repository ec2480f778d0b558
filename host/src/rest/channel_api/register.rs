//! "Text-only channel registration" of the document.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::bodies::Registration;
use super::failure::Failure;
use super::key::Key;
use super::wire::{self, ChannelShown};
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::registration;

/// Registers a text-only channel with the operator's key, and shows its key and secret this once. 403 where the operator has
/// set no key.
#[utoipa::path(
    post,
    path = "/api/channels/register",
    tag = "Channel API",
    operation_id = "channel_api_register",
    request_body(content = Registration),
    responses((status = 201, description = "The channel", body = ChannelShown), Failure)
)]
pub(super) async fn register(
    State(cx): State<Context>,
    key: Key,
    body: JsonObject,
) -> Result<(StatusCode, Json<ChannelShown>), Failure> {
    let registration = wire::registration(&body.fields()?)?;
    let created = registration::register(&cx, key.client(), registration).await?;
    Ok((StatusCode::CREATED, Json(ChannelShown::created(created))))
}
