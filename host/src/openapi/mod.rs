//! The description of the REST endpoints: `/openapi.json` for programs, and `/api/docs`, a page to read and to try them.
//! Each way in describes its own endpoints beside their handlers; this module has what the descriptions share, and
//! serves what they make together.

mod answers;
mod page;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::openapi::OpenApiBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, Info, InfoBuilder, LicenseBuilder, OpenApi};

pub(crate) use self::answers::{Problem, ServerSentEvent, failures};
use crate::auth::SESSION_COOKIE;
use crate::context::Context;

const ABOUT: &str = "The REST endpoints of this host. What they do can also be done over GraphQL, at `/graphql`, which \
    has more. Times are RFC 3339 in UTC. Each family of endpoints tells errors in a shape of its own.";

/// The routes; `description` is what all ways in say of themselves.
pub fn routes(description: &OpenApi) -> Router<Context> {
    // It always serialises: what it is made of are maps with text for keys.
    let document: Bytes = serde_json::to_vec(description).unwrap_or_default().into();
    let document = Arc::new(document);
    Router::new()
        .route(
            "/openapi.json",
            get(async move || {
                let headers = [
                    (CONTENT_TYPE, "application/json"),
                    (CACHE_CONTROL, "no-cache"),
                ];
                (headers, Bytes::clone(&document)).into_response()
            }),
        )
        .merge(page::routes())
}

/// A description without any endpoint: the words about the whole of it, and how callers prove who they are.
pub fn start() -> OpenApi {
    OpenApiBuilder::new()
        .info(info())
        .components(Some(
            ComponentsBuilder::new()
                .security_scheme("token", bearer("A personal token, `clt_…`, of a user."))
                .security_scheme(
                    "session_token",
                    bearer("The token of a session, from `POST /api/auth/login`."),
                )
                .security_scheme("session", session())
                .security_scheme(
                    "channel_key",
                    bearer(
                        "The key of a webhook channel, `chk_…`, shown when the channel was made.",
                    ),
                )
                .security_scheme(
                    "external_token",
                    bearer(
                        "The token of external messages, `eggent_ext_…`, or the one in `EXTERNAL_API_TOKEN`.",
                    ),
                )
                .security_scheme(
                    "visitor",
                    bearer("The token of a visitor of a web channel, from `POST …/session`."),
                )
                .security_scheme("visitor_query", visitor_query())
                .build(),
        ))
        .build()
}

fn info() -> Info {
    let license = LicenseBuilder::new()
        .name("MIT OR Apache-2.0")
        .identifier(Some("MIT OR Apache-2.0"));
    InfoBuilder::new()
        .title("Cloister")
        .description(Some(ABOUT))
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(license.build()))
        .build()
}

fn bearer(description: &str) -> SecurityScheme {
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(description));
    SecurityScheme::Http(scheme.build())
}

fn session() -> SecurityScheme {
    let about = "The cookie of someone who is signed in; from pages of this host alone.";
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
        SESSION_COOKIE,
        about,
    )))
}

fn visitor_query() -> SecurityScheme {
    let about =
        "The visitor's token where a browser cannot set a header: in event streams and links.";
    SecurityScheme::ApiKey(ApiKey::Query(ApiKeyValue::with_description("token", about)))
}
