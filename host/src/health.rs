//! Health: whether the process lives, and whether it can do its work.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::context::Context;
use crate::error::chain;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What `/readyz` tells, a word each: `ok`, or what is the matter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ok`, `slow` or `unavailable`.
    database: &'static str,
    /// `ok`, `pending` or `unknown`.
    migrations: &'static str,
    /// `ok`.
    engine: &'static str,
    /// `ok` or `stopping`.
    process: &'static str,
}

/// What is here, described.
#[derive(OpenApi)]
#[openapi(
    paths(healthz, readyz, metrics),
    tags((name = "Operation", description = "For those who run the host."))
)]
pub struct Description;

/// `/healthz`: the process answers.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "Operation",
    operation_id = "healthz",
    responses((status = 200, description = "It lives", content_type = "text/plain", body = String)),
)]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// `/readyz`: the database answers and has the schema of this build, the engine is there, and the process is not stopping.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "Operation",
    operation_id = "readyz",
    responses((status = 200, description = "It can do its work", body = Readiness), (status = 503, description = "It cannot", body = Readiness)),
)]
pub(crate) async fn readyz(State(cx): State<Context>) -> (StatusCode, Json<Readiness>) {
    let (database, migrations) = database(&cx).await;
    let readiness = Readiness {
        database,
        migrations,
        // Without an engine there is no context.
        engine: "ok",
        process: if cx.tasks.is_stopping() {
            "stopping"
        } else {
            "ok"
        },
    };
    let is_ready = [readiness.database, readiness.migrations, readiness.process] == ["ok"; 3];
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness))
}

/// `/metrics`, as Prometheus reads it.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "Operation",
    operation_id = "metrics",
    responses((status = 200, description = "Every number", content_type = "application/openmetrics-text", body = String)),
)]
pub(crate) async fn metrics(State(cx): State<Context>) -> Response {
    match cx.metrics.text(cx.store.statements().executed()) {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn database(cx: &Context) -> (&'static str, &'static str) {
    match tokio::time::timeout(PATIENCE, cx.store.pending()).await {
        Ok(Ok(pending)) if pending.is_empty() => ("ok", "ok"),
        Ok(Ok(_)) => ("ok", "pending"),
        Ok(Err(error)) => {
            tracing::warn!(cause = chain(&error), "the database is not ready");
            ("unavailable", "unknown")
        }
        Err(_) => ("slow", "unknown"),
    }
}
