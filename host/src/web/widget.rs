//! The widget's API: what a visitor's page calls, whether it is ours or another site's.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router, middleware};
use store::ids::MessageId;

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
use crate::service::web_chat::{self, Limits};

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
