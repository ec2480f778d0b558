//! An agent's live page: a terminal that shows what it logs and what is said with it, as it happens, and a line to say
//! something. And the way in for those who come with a link.

mod entry;
mod harmless;
mod page;
mod stream;
mod wire;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use utoipa::OpenApi;

use self::wire::{EventsQuery, PageQuery, PromptBody, PromptedShown};
use super::failure::{BODY, Failure};
use crate::auth::Proof;
use crate::context::Context;
use crate::openapi::ServerSentEvent;
use crate::service::{consoles, feeds};

/// The routes, described.
#[derive(OpenApi)]
#[openapi(
    paths(events, prompt),
    components(schemas(crate::openapi::Problem)),
    tags((name = "Live pages", description = "What an agent's live page calls."))
)]
pub(super) struct Description;

pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/agents/{name}/live", get(page::show))
        .route(
            "/api/auth/session-login",
            get(entry::show).post(entry::enter),
        )
        .route("/api/agents/{name}/live/events", get(events))
        .route("/api/agents/{name}/live/prompts", post(prompt))
        .layer(DefaultBodyLimit::max(BODY))
}

/// What happens with an agent, as server-sent events: `console` first, then `said` and `line` with their ids, `typing`,
/// and `partial`, the answer as far as it has come.
#[utoipa::path(
    get,
    path = "/api/agents/{name}/live/events",
    tag = "Live pages",
    operation_id = "live_events",
    params(("name" = String, Path, description = "The agent's id, or its name in the caller's default project"), EventsQuery, ("last-event-id" = Option<String>, Header, description = "The same as `after`, as browsers send it when they connect anew")),
    responses((status = 200, description = "Events, until either side ends it", content_type = "text/event-stream", body = ServerSentEvent), Failure)
)]
async fn events(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
    headers: HeaderMap,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query?;
    let caller = proof.caller()?;
    let asked = wire::asked(name, query.conversation.as_deref())?;
    let after = stream::last_seen(&headers).or(query.after.as_deref());
    let after = after.map(wire::cursor).transpose()?;
    let (console, seen) = feeds::console(&cx, &caller, asked, after).await?;
    let no_store = [(CACHE_CONTROL, "no-store")];
    Ok((no_store, stream::events(&console, seen)).into_response())
}

/// Says something to an agent; what it answers comes as events.
#[utoipa::path(
    post,
    path = "/api/agents/{name}/live/prompts",
    tag = "Live pages",
    operation_id = "live_prompt",
    params(("name" = String, Path, description = "The agent's id, or its name in the caller's default project"), PageQuery),
    request_body(content = PromptBody),
    responses((status = 202, description = "The message is stored", body = PromptedShown), Failure)
)]
async fn prompt(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
    query: Result<Query<PageQuery>, QueryRejection>,
    body: Result<Json<PromptBody>, JsonRejection>,
) -> Result<(StatusCode, Json<PromptedShown>), Failure> {
    let caller = proof.caller()?;
    let (Query(query), Json(body)) = (query?, body?);
    let asked = wire::asked(name, query.conversation.as_deref())?;
    let prompted = Box::pin(consoles::say(&cx, &caller, &asked, body.into())).await?;
    Ok((StatusCode::ACCEPTED, Json(prompted.into())))
}
