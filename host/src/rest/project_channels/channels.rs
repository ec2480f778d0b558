//! "Common endpoints" of the document.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::bodies::{ChannelChanges, NewChannel};
use super::failure::Failure;
use super::wire::{self, ChannelList, OneChannel};
use crate::auth::Proof;
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::channels;

/// The project's channels, oldest first.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/channels",
    tag = "Project channels",
    operation_id = "project_channels_list",
    params(("project" = String, Path, description = "The project's id")),
    responses((status = 200, description = "The channels", body = ChannelList), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
) -> Result<Json<ChannelList>, Failure> {
    let list = channels::list_owned(&cx, &proof.caller()?, &project).await?;
    Ok(Json(ChannelList::of(list)))
}

/// Makes a channel; a Telegram bot's token is tried before anything is kept, a WeChat channel waits for its scan.
#[utoipa::path(
    post,
    path = "/api/projects/{project}/channels",
    tag = "Project channels",
    operation_id = "project_channels_create",
    params(("project" = String, Path, description = "The project's id")),
    request_body(content = NewChannel),
    responses((status = 201, description = "The channel", body = OneChannel), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn create(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
    body: JsonObject,
) -> Result<(StatusCode, Json<OneChannel>), Failure> {
    let caller = proof.caller()?;
    channels::require_owner(&cx, &caller, &project).await?;
    let new = wire::new_channel(body.object()?)?;
    let made = channels::make_owned(&cx, &caller, &project, new).await?;
    Ok((StatusCode::CREATED, Json(OneChannel::of(made))))
}

/// One channel.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/channels/{channel}",
    tag = "Project channels",
    operation_id = "project_channels_show",
    params(
        ("project" = String, Path, description = "The project's id"),
        ("channel" = String, Path, description = "The channel's id")
    ),
    responses((status = 200, description = "The channel", body = OneChannel), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn show(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, channel)): Path<(String, String)>,
) -> Result<Json<OneChannel>, Failure> {
    let found = channels::find_owned(&cx, &proof.caller()?, Some(&project), &channel).await?;
    Ok(Json(OneChannel::of(found)))
}

/// Changes a channel's name, agent, configuration or status.
#[utoipa::path(
    patch,
    path = "/api/projects/{project}/channels/{channel}",
    tag = "Project channels",
    operation_id = "project_channels_change",
    params(
        ("project" = String, Path, description = "The project's id"),
        ("channel" = String, Path, description = "The channel's id")
    ),
    request_body(content = ChannelChanges),
    responses((status = 200, description = "The channel as it is now", body = OneChannel), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn change(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, channel)): Path<(String, String)>,
    body: JsonObject,
) -> Result<Json<OneChannel>, Failure> {
    let caller = proof.caller()?;
    channels::find_owned(&cx, &caller, Some(&project), &channel).await?;
    let wanted = wire::changes(body.object()?)?;
    let changed = channels::change_owned(&cx, &caller, &project, &channel, wanted).await?;
    Ok(Json(OneChannel::of(changed)))
}

/// Deletes a channel, whose account is disconnected first; what was said on it stays.
#[utoipa::path(
    delete,
    path = "/api/projects/{project}/channels/{channel}",
    tag = "Project channels",
    operation_id = "project_channels_delete",
    params(
        ("project" = String, Path, description = "The project's id"),
        ("channel" = String, Path, description = "The channel's id")
    ),
    responses((status = 204, description = "It is gone"), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn delete(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, channel)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    channels::delete_owned(&cx, &proof.caller()?, &project, &channel).await?;
    Ok(StatusCode::NO_CONTENT)
}
