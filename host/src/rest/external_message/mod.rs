//! The external message API (`external-message` of the documented specs): messages of programs outside, in sessions that
//! keep their project, their chat and their place, and the token that lets them in.

mod bodies;
mod failure;
mod media;
mod token;
mod wire;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use utoipa::OpenApi;

use self::bodies::Message;
use self::failure::Failure;
use self::wire::Reply;
use crate::auth::{Proof, presented};
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::external;

/// The routes, described.
#[derive(OpenApi)]
#[openapi(
    paths(message, media::media_message, token::show, token::renew, token::revoke),
    components(schemas(failure::Problem, wire::Project)),
    tags((name = "External messages", description = "Messages of programs outside, in sessions that keep their project, chat and path."))
)]
pub(super) struct Description;

/// The routes.
pub(super) fn routes() -> Router<Context> {
    let media = Router::new()
        .route("/api/external/media-message", post(media::media_message))
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/api/external/message", post(message))
        .route(
            "/api/external/token",
            get(token::show).post(token::renew).delete(token::revoke),
        )
        .merge(media)
}

/// Says something in a session, and waits for the reply. A message about projects ("what projects are available?", "switch
/// to the backend project") is answered by the navigator; every other one by the active project's primary agent.
#[utoipa::path(
    post,
    path = "/api/external/message",
    tag = "External messages",
    operation_id = "external_message",
    request_body(content = Message),
    responses((status = 200, description = "What was said, and where the session goes on", body = Reply), Failure),
    security(("external_token" = []))
)]
async fn message(
    State(cx): State<Context>,
    proof: Proof,
    headers: HeaderMap,
    body: JsonObject,
) -> Result<Json<Reply>, Failure> {
    let speaker = external::speaker(&cx, proof, presented(&headers).ok().flatten()).await?;
    let said = wire::said(body.object()?)?;
    let session = said.session.clone();
    let told = external::say(&cx, &speaker, said).await?;
    Ok(Json(Reply::of(session, told)))
}
