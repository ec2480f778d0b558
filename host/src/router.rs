//! Every URL of the process, on one page: which module answers where. The paths below each are in its `routes`.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::context::Context;
use crate::{graphql, health, hooks, openapi, rest, spans, web};

/// The whole tree.
pub fn router(cx: Context) -> Router {
    let metrics = cx.metrics.clone();
    let is_traced = cx.config.web.otlp_url.is_some();
    let router = tree()
        .fallback(nothing_here)
        .layer(middleware::from_fn(only_text))
        .layer(middleware::from_fn(move |request, next| {
            metrics.clone().observe(request, next)
        }))
        .with_state(cx);
    match is_traced {
        true => router.layer(middleware::from_fn(spans::request::observe)),
        false => router,
    }
}

fn tree() -> Router<Context> {
    Router::new()
        // /healthz, /readyz, /metrics: for operators.
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        // /graphql: the control plane.
        .merge(graphql::routes())
        // /api/auth, /api/channels, /api/agents, /api/external, /api/integrations/telegram, /api/projects;
        // /api/personas, /api/persona, /ws: agents as personas; /, /sign-in, /sign-out, /invite, /pair.
        .merge(rest::routes())
        // /hooks: where platforms call.
        .merge(hooks::routes())
        // /chat, /api/widget and the widget's files, /files, /agents/…/live, /api/auth/session-login: what people open.
        .merge(web::routes())
        // /openapi.json, /api/docs: what those are that are neither GraphQL nor pages.
        .merge(openapi::routes(&description()))
}

/// What `/openapi.json` says: each way in describes its own.
fn description() -> utoipa::openapi::OpenApi {
    openapi::start()
        .merge_from(rest::description())
        .merge_from(web::description())
        .merge_from(hooks::Description::openapi())
        .merge_from(health::Description::openapi())
}

/// An address that is no text names nothing; handlers need not ask.
async fn only_text(request: Request, next: Next) -> Response {
    let path = percent_decode_str(request.uri().path());
    match path.decode_utf8() {
        Ok(_) => next.run(request).await,
        Err(_) => nothing_here().await.into_response(),
    }
}

async fn nothing_here() -> (StatusCode, Json<Value>) {
    let body = json!({ "code": "not_found", "error": "there is nothing at this address" });
    (StatusCode::NOT_FOUND, Json(body))
}

#[cfg(test)]
mod tests;
