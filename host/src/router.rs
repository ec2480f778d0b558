//! Every URL of the process, on one page: which module answers where. The paths below each are in its `routes`.

use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::context::Context;
use crate::{graphql, health, hooks, rest, web};

/// The whole tree.
pub fn router(cx: Context) -> Router {
    let metrics = cx.metrics.clone();
    Router::new()
        // /healthz, /readyz, /metrics: for operators.
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        // /graphql: the control plane.
        .merge(graphql::routes())
        // /api/auth, /api/channels, /api/agents; /, /sign-in, /sign-out, /invite.
        .merge(rest::routes())
        // /hooks: where platforms call.
        .merge(hooks::routes())
        // /chat, /api/widget and the widget's files: what people open.
        .merge(web::routes())
        .fallback(nothing_here)
        .layer(middleware::from_fn(move |request, next| {
            metrics.clone().observe(request, next)
        }))
        .with_state(cx)
}

async fn nothing_here() -> (StatusCode, Json<Value>) {
    let body = json!({ "code": "not_found", "error": "there is nothing at this address" });
    (StatusCode::NOT_FOUND, Json(body))
}
