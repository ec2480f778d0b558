//! "Send an inbound message" of the document.

use axum::Json;
use axum::extract::{Path, State};

use super::bodies::Inbound;
use super::failure::Failure;
use super::key::Key;
use super::wire::{self, Replies};
use crate::commands;
use crate::context::Context;
use crate::request::body::JsonObject;

/// Says something: a command to the host, or a message to an agent, whose answer is waited for.
#[utoipa::path(
    post,
    path = "/api/channels/{id}/inbound",
    tag = "Channel API",
    operation_id = "channel_api_inbound",
    params(("id" = String, Path, description = "The channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")),
    request_body(content = Inbound),
    responses((status = 200, description = "What the agent said so far", body = Replies), Failure),
    security(("channel_key" = []))
)]
pub(super) async fn inbound(
    State(cx): State<Context>,
    Path(id): Path<String>,
    key: Key,
    body: JsonObject,
) -> Result<Json<Replies>, Failure> {
    let channel = key.channel(&cx, &id).await?;
    let said = wire::said(&body.fields()?)?;
    let told = commands::hear(&cx, channel, said).await?;
    Ok(Json(Replies::told(told)))
}
