//! The page to try the endpoints on: RapiDoc, part of the binary. It loads nothing from another host and runs no code that
//! it was not built with. Styles of its own making are let through, since it writes its colours so; a style can do little
//! without a place to send what it finds to, and there is none.

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::context::Context;

const PAGE: &str = include_str!("assets/docs.html");
/// As it was published, compressed: see the `VERSION` beside it.
const RAPIDOC: &[u8] = include_bytes!("assets/rapidoc/rapidoc-min.js.gz");

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; \
    connect-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/docs", get(page))
        .route("/api/docs/rapidoc.js", get(rapidoc))
}

async fn page() -> Response {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, Html(PAGE)).into_response()
}

async fn rapidoc() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        // Every browser takes it.
        (CONTENT_ENCODING, "gzip"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, RAPIDOC).into_response()
}
