//! Hooks: where platforms call. One route for every kind of channel: the driver verifies the raw bytes and says what was
//! heard; that is stored, and only then does the platform get its answer. Nothing waits for an agent here.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use channels::{Callback, Headers};
use utoipa::OpenApi;

use crate::context::Context;
use crate::service::calls;
use crate::web::Failure;

/// Bytes that a callback may have: platforms send descriptions of files, not files.
pub(crate) const BODY: usize = 1 << 20;

/// The route, described.
#[derive(OpenApi)]
#[openapi(
    paths(asked, called),
    components(schemas(crate::openapi::Problem)),
    tags((name = "Callbacks", description = "Where platforms call."))
)]
pub struct Description;

/// The route.
pub fn routes() -> Router<Context> {
    Router::new()
        .route("/hooks/{channel}", get(asked).post(called))
        .layer(DefaultBodyLimit::max(BODY))
}

/// Tells the host what happened on a platform. What the request holds and how it proves where it is from is the
/// platform's to say; so is what is answered.
#[utoipa::path(
    post,
    path = "/hooks/{channel}",
    tag = "Callbacks",
    operation_id = "hooks_called",
    params(("channel" = String, Path, description = "The channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")),
    responses((status = 200, description = "It is stored; what the platform wants to read"), Failure),
)]
async fn called(
    State(cx): State<Context>,
    Path(channel): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let callback = callback(&method, query, &headers, body);
    let channel = calls::channel(&cx, &channel).await?;
    let (answer, _) = calls::take(&cx, &channel, &callback).await?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    Ok((status, [(CONTENT_TYPE, answer.content_type)], answer.body).into_response())
}

/// Asks whether the host listens there, as platforms do before they call.
#[utoipa::path(
    get,
    path = "/hooks/{channel}",
    tag = "Callbacks",
    operation_id = "hooks_asked",
    params(("channel" = String, Path, description = "The channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")),
    responses((status = 200, description = "What the platform wants to read"), Failure),
)]
async fn asked(
    cx: State<Context>,
    channel: Path<String>,
    method: Method,
    query: RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    called(cx, channel, method, query, headers, body).await
}

/// A request as drivers read it.
pub(crate) fn callback(
    method: &Method,
    query: Option<String>,
    headers: &HeaderMap,
    body: Bytes,
) -> Callback {
    Callback {
        method: match *method {
            Method::GET => channels::Method::Get,
            _ => channels::Method::Post,
        },
        query: query.unwrap_or_default(),
        headers: text(headers),
        body,
    }
}

/// Headers whose value is no text are none that a driver reads.
fn text(headers: &HeaderMap) -> Headers {
    let pair = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(pair).collect()
}
