//! "Lifecycle": start, stop, restart.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::failure::Failure;
use crate::auth::Proof;
use crate::context::Context;
use crate::service::personas;

type Answer = Result<Json<Value>, Failure>;

/// Starts a persona: her channels are listened to, and what waited for her is answered.
#[utoipa::path(
    post,
    path = "/api/persona/{persona_id}/start",
    tag = "Personas",
    operation_id = "personas_start",
    params(("persona_id" = String, Path, description = "Her UUID", example = "6c17c83c-3158-450d-8e43-0e7efea717c1")),
    responses((status = 200, description = "`status`: `started` or `already running`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn start(
    State(cx): State<Context>,
    proof: Proof,
    Path(persona): Path<String>,
) -> Answer {
    let status = match personas::start(&cx, &proof.caller()?, &persona).await? {
        true => "started",
        false => "already running",
    };
    Ok(Json(json!({ "status": status })))
}

/// Stops a persona: her channels are not listened to any more, and what she was told waits.
#[utoipa::path(
    post,
    path = "/api/persona/{persona_id}/stop",
    tag = "Personas",
    operation_id = "personas_stop",
    params(("persona_id" = String, Path, description = "Her UUID", example = "6c17c83c-3158-450d-8e43-0e7efea717c1")),
    responses((status = 200, description = "`status`: `stopped`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn stop(
    State(cx): State<Context>,
    proof: Proof,
    Path(persona): Path<String>,
) -> Answer {
    personas::stop(&cx, &proof.caller()?, &persona)
        .await
        .map_err(|error| Failure::missing(error, "Persona is not running."))?;
    Ok(Json(json!({ "status": "stopped" })))
}

/// Stops a persona and starts her again, or starts her.
#[utoipa::path(
    post,
    path = "/api/persona/{persona_id}/restart",
    tag = "Personas",
    operation_id = "personas_restart",
    params(("persona_id" = String, Path, description = "Her UUID", example = "6c17c83c-3158-450d-8e43-0e7efea717c1")),
    responses((status = 200, description = "`status`: `restarted`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn restart(
    State(cx): State<Context>,
    proof: Proof,
    Path(persona): Path<String>,
) -> Answer {
    personas::restart(&cx, &proof.caller()?, &persona).await?;
    Ok(Json(json!({ "status": "restarted" })))
}
