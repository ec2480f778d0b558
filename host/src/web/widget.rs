//! The widget's API: what a visitor's page calls, whether it is ours or another site's.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router, middleware};
use store::ids::MessageId;
use utoipa::OpenApi;

use super::door::{self, Entered};
use super::events;
use super::failure::{BODY, Failure};
use super::wire::{
    EventsQuery, FileQuery, HistoryQuery, LogShown, MessageBody, SessionBody, SessionShown,
    TakenShown,
};
use crate::auth::presented;
use crate::context::Context;
use crate::error::Error;
use crate::openapi::ServerSentEvent;
use crate::service::web_chat::{self, Limits};

/// The routes, described.
#[derive(OpenApi)]
#[openapi(
    paths(session, say, history, watch, file),
    components(schemas(crate::openapi::Problem)),
    tags((name = "Web chat", description = "What the chat page and the widget of a web channel call, whether they are ours \
        or another site's. A browser's page is answered where the channel allows its origin."))
)]
pub(super) struct Description;

pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route(
            "/api/widget/{channel}/session",
            post(session).options(door::preflight),
        )
        .route(
            "/api/widget/{channel}/messages",
            get(history).post(say).options(door::preflight),
        )
        .route(
            "/api/widget/{channel}/messages/{message}/files/{number}",
            get(file),
        )
        .route(
            "/api/widget/{channel}/events",
            get(watch).options(door::preflight),
        )
        .layer(middleware::from_fn(door::readable))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(Extension(Limits::default()))
}

/// Begins, or goes on with, a visit.
#[utoipa::path(
    post,
    path = "/api/widget/{channel}/session",
    tag = "Web chat",
    operation_id = "widget_session",
    params(("channel" = String, Path, description = "The web channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")),
    request_body(content = SessionBody),
    responses((status = 200, description = "The session", body = SessionShown), Failure),
)]
async fn session(
    State(cx): State<Context>,
    Extension(limits): Extension<Limits>,
    Entered(visit): Entered,
    body: Result<Json<SessionBody>, JsonRejection>,
) -> Result<Json<SessionShown>, Failure> {
    let Json(body) = body?;
    Ok(Json(
        web_chat::open(&cx, &limits, &visit, body.into())
            .await?
            .into(),
    ))
}

/// Says something; what is answered comes as events.
#[utoipa::path(
    post,
    path = "/api/widget/{channel}/messages",
    tag = "Web chat",
    operation_id = "widget_say",
    params(("channel" = String, Path, description = "The web channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")),
    request_body(content = MessageBody),
    responses((status = 202, description = "The message is stored", body = TakenShown), Failure),
    security(("visitor" = []))
)]
async fn say(
    State(cx): State<Context>,
    Extension(limits): Extension<Limits>,
    Entered(visit): Entered,
    headers: HeaderMap,
    body: Result<Json<MessageBody>, JsonRejection>,
) -> Result<(StatusCode, Json<TakenShown>), Failure> {
    let Json(body) = body?;
    let taken = web_chat::say(&cx, &limits, &visit, &token(&headers)?, body.into()).await?;
    Ok((StatusCode::ACCEPTED, Json(taken.into())))
}

/// What was said so far, a page at a time.
#[utoipa::path(
    get,
    path = "/api/widget/{channel}/messages",
    tag = "Web chat",
    operation_id = "widget_history",
    params(("channel" = String, Path, description = "The web channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6"), HistoryQuery),
    responses((status = 200, description = "A page of the log", body = LogShown), Failure),
    security(("visitor" = []))
)]
async fn history(
    State(cx): State<Context>,
    Entered(visit): Entered,
    headers: HeaderMap,
    query: Result<Query<HistoryQuery>, QueryRejection>,
) -> Result<Json<LogShown>, Failure> {
    let Query(query) = query?;
    let log = web_chat::history(&cx, &visit, &token(&headers)?, query.before).await?;
    Ok(Json(LogShown::of(&visit, log)))
}

/// What is said from now on, as server-sent events: `message` with its id, `typing` and `partial`.
#[utoipa::path(
    get,
    path = "/api/widget/{channel}/events",
    tag = "Web chat",
    operation_id = "widget_watch",
    params(("channel" = String, Path, description = "The web channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6"), ("after" = Option<String>, Query, format = "uuid", description = "The last message that is known: those since come first"), ("last-event-id" = Option<String>, Header, description = "The same, as browsers send it when they connect anew")),
    responses((status = 200, description = "Events, until either side ends it", content_type = "text/event-stream", body = ServerSentEvent), Failure),
    security(("visitor_query" = []))
)]
async fn watch(
    State(cx): State<Context>,
    Extension(limits): Extension<Limits>,
    Entered(visit): Entered,
    headers: HeaderMap,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query?;
    let after = events::last_seen(&headers).or(query.after);
    let seen = web_chat::watch(&cx, &limits, &visit, &query.token, after).await?;
    Ok(events::stream(visit, seen))
}

/// A file that came with a message.
#[utoipa::path(
    get,
    path = "/api/widget/{channel}/messages/{message}/files/{number}",
    tag = "Web chat",
    operation_id = "widget_file",
    params(("channel" = String, Path, description = "The web channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6"), ("message" = String, Path, format = "uuid", description = "The message's id"), ("number" = u32, Path, description = "Which of its files, from 0")),
    responses((status = 200, description = "The file, to be saved", content_type = "application/octet-stream", body = Vec<u8>), Failure),
    security(("visitor_query" = []))
)]
async fn file(
    State(cx): State<Context>,
    Entered(visit): Entered,
    Path((_, message, number)): Path<(String, MessageId, usize)>,
    query: Result<Query<FileQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query?;
    let file = web_chat::file(&cx, &visit, &query.token, message, number).await?;
    // Always saved, never shown: the bytes are an agent's, and this is our origin.
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename*=UTF-8''{}", percent(&file.name)),
        ),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, file.bytes).into_response())
}

fn token(headers: &HeaderMap) -> Result<String, Error> {
    Ok(presented(headers)?
        .ok_or(Error::Unauthenticated)?
        .into_inner())
}

/// A name as a header's extended parameter has it (RFC 8187): all but letters and digits encoded.
fn percent(name: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    name.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_file_name_cannot_break_its_header() {
        assert_eq!(super::percent("a b\"\r\n.pdf"), "a%20b%22%0D%0A.pdf");
        assert_eq!(super::percent("é"), "%C3%A9");
    }
}
