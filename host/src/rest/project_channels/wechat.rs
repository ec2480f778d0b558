//! "WeChat QR flow" of the document, with what the real protocol asks for beside it: digits that the phone shows, and the
//! code as a picture.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::bodies::Digits;
use super::failure::Failure;
use super::wire::{self, CodeShown, LoginShown};
use crate::auth::Proof;
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::wechat_login::{self, Picture};

/// Makes a QR code to scan with WeChat; one that the channel had is worth nothing from then on.
#[utoipa::path(
    post,
    path = "/api/projects/{project}/channels/{channel}/wechat/qr",
    tag = "Project channels",
    operation_id = "project_channels_wechat_start",
    params(
        ("project" = String, Path, description = "The project's id"),
        ("channel" = String, Path, description = "The channel's id")
    ),
    responses((status = 200, description = "The code", body = CodeShown), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn start(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, channel)): Path<(String, String)>,
) -> Result<Json<CodeShown>, Failure> {
    let login = wechat_login::start(&cx, &proof.caller()?, Some(&project), &channel).await?;
    Ok(Json(CodeShown::of(login)?))
}

/// Where the login is.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/channels/{channel}/wechat/status",
    tag = "Project channels",
    operation_id = "project_channels_wechat_status",
    params(
        ("project" = String, Path, description = "The project's id"),
        ("channel" = String, Path, description = "The channel's id")
    ),
    responses((status = 200, description = "Where it is", body = LoginShown), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn status(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, channel)): Path<(String, String)>,
) -> Result<Json<LoginShown>, Failure> {
    let login = wechat_login::status(&cx, &proof.caller()?, Some(&project), &channel).await?;
    Ok(Json(LoginShown::of(login)))
}

/// Takes the digits that WeChat shows on the phone, where the status says that they are needed.
#[utoipa::path(
    post,
    path = "/api/projects/{project}/channels/{channel}/wechat/code",
    tag = "Project channels",
    operation_id = "project_channels_wechat_code",
    params(
        ("project" = String, Path, description = "The project's id"),
        ("channel" = String, Path, description = "The channel's id")
    ),
    request_body(content = Digits),
    responses((status = 200, description = "Where the login is", body = LoginShown), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn type_code(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, channel)): Path<(String, String)>,
    body: JsonObject,
) -> Result<Json<LoginShown>, Failure> {
    let caller = proof.caller()?;
    wechat_login::status(&cx, &caller, Some(&project), &channel).await?;
    let digits = wire::digits(body.object()?)?;
    let login = wechat_login::type_digits(&cx, &caller, Some(&project), &channel, &digits).await?;
    Ok(Json(LoginShown::of(login)))
}

/// The QR code as SVG, while it can be scanned.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/channels/{channel}/wechat/qr.svg",
    tag = "Project channels",
    operation_id = "project_channels_wechat_svg",
    params(
        ("project" = String, Path, description = "The project's id"),
        ("channel" = String, Path, description = "The channel's id")
    ),
    responses((status = 200, description = "The picture", body = String, content_type = "image/svg+xml"), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn svg(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, channel)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (caller, kind) = (proof.caller()?, Picture::Svg);
    let picture = wechat_login::picture(&cx, &caller, Some(&project), &channel, kind).await?;
    Ok(shown("image/svg+xml", picture))
}

/// The QR code as PNG, while it can be scanned.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/channels/{channel}/wechat/qr.png",
    tag = "Project channels",
    operation_id = "project_channels_wechat_png",
    params(
        ("project" = String, Path, description = "The project's id"),
        ("channel" = String, Path, description = "The channel's id")
    ),
    responses((status = 200, description = "The picture", body = Vec<u8>, content_type = "image/png"), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn png(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, channel)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (caller, kind) = (proof.caller()?, Picture::Png);
    let picture = wechat_login::picture(&cx, &caller, Some(&project), &channel, kind).await?;
    Ok(shown("image/png", picture))
}

/// Disconnects the channel's account; the channel stays, switched off.
#[utoipa::path(
    delete,
    path = "/api/projects/{project}/channels/{channel}/wechat",
    tag = "Project channels",
    operation_id = "project_channels_wechat_unbind",
    params(
        ("project" = String, Path, description = "The project's id"),
        ("channel" = String, Path, description = "The channel's id")
    ),
    responses((status = 204, description = "It is disconnected"), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn unbind(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, channel)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    wechat_login::unbind(&cx, &proof.caller()?, Some(&project), &channel).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whoever scans it connects an account: it is kept nowhere on the way.
fn shown(content_type: &'static str, picture: Vec<u8>) -> Response {
    let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")];
    (headers, picture).into_response()
}
