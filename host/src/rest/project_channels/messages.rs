//! "Message log" of the document.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};

use super::failure::Failure;
use super::wire::{MessageList, Stretch};
use crate::auth::Proof;
use crate::context::Context;
use crate::error::Error;
use crate::service::channels;

/// What was said on a channel, the newest first.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/channels/{channel}/messages",
    tag = "Project channels",
    operation_id = "project_channels_messages",
    params(
        ("project" = String, Path, description = "The project's id"),
        ("channel" = String, Path, description = "The channel's id"),
        Stretch
    ),
    responses((status = 200, description = "The messages", body = MessageList), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, channel)): Path<(String, String)>,
    stretch: Result<Query<Stretch>, QueryRejection>,
) -> Result<Json<MessageList>, Failure> {
    let caller = proof.caller()?;
    let stretch = stretch.map_err(|wrong| Error::invalid("query", wrong.body_text()))?;
    let limit = stretch.0.limit()?;
    let (channel, entries) = channels::log(&cx, &caller, &project, &channel, limit).await?;
    Ok(Json(MessageList::of(&channel, entries)))
}
