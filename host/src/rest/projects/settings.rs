//! What a project's owner sets: where what becomes of its channels is told, and how much its keys may ask.

use axum::Json;
use axum::extract::{Path, State};

use super::bodies::SettingsChanges;
use super::failure::Failure;
use super::shown::{OneSettings, SettingsRotated};
use super::wire;
use crate::auth::Proof;
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::{project_settings, projects};

/// The project's settings.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/settings",
    tag = "Projects",
    operation_id = "projects_settings_show",
    params(("project" = String, Path, description = "The project's id or slug")),
    responses((status = 200, description = "The settings", body = OneSettings), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn show(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
) -> Result<Json<OneSettings>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let settings = project_settings::find(&cx, &caller, found.id).await?;
    Ok(Json(OneSettings::of(settings)))
}

/// Changes the project's settings. The first address gets a secret, which `rotate-secret` shows.
#[utoipa::path(
    patch,
    path = "/api/projects/{project}/settings",
    tag = "Projects",
    operation_id = "projects_settings_change",
    params(("project" = String, Path, description = "The project's id or slug")),
    request_body(content = SettingsChanges),
    responses((status = 200, description = "The settings as they are now", body = OneSettings), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn change(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
    body: JsonObject,
) -> Result<Json<OneSettings>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let changes = wire::settings_changes(&body.object()?)?;
    let settings = project_settings::change(&cx, &caller, found.id, changes).await?;
    Ok(Json(OneSettings::of(settings)))
}

/// Makes the secret that the calls are signed with anew. It is shown now and never again.
#[utoipa::path(
    post,
    path = "/api/projects/{project}/settings/webhook/rotate-secret",
    tag = "Projects",
    operation_id = "projects_settings_rotate_secret",
    params(("project" = String, Path, description = "The project's id or slug")),
    responses((status = 200, description = "The settings and the secret", body = SettingsRotated), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn rotate_secret(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
) -> Result<Json<SettingsRotated>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let (settings, secret) = project_settings::rotate_secret(&cx, &caller, found.id).await?;
    Ok(Json(SettingsRotated::of(settings, secret)))
}
