//! The persona API (`persona-channels` of the documented specs, with the routes beside it): a persona is an agent, its
//! channels those whose primary agent it is. Errors are `{"detail": …}`; tokens are masked wherever a channel is shown.

mod bodies;
mod channels;
mod failure;
mod lifecycle;
mod personas;
mod socket;
mod wire;

use axum::Router;
use axum::routing::{delete, get, post};
use utoipa::OpenApi;

use crate::context::Context;

/// The routes, described.
#[derive(OpenApi)]
#[openapi(
    paths(
        personas::list, personas::create, personas::update, personas::delete, personas::hear, personas::conversation,
        lifecycle::start, lifecycle::stop, lifecycle::restart,
        channels::add, channels::remove, channels::pair, socket::open
    ),
    components(schemas(failure::Problem, failure::Wrong)),
    tags((name = "Personas", description = "Agents as personas, and the ways in which they are reached."))
)]
pub(super) struct Description;

/// The routes.
pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/personas", get(personas::list))
        .route("/api/persona/create", post(personas::create))
        .route("/api/persona/{persona_id}/update", post(personas::update))
        .route("/api/persona/{persona_id}/delete", post(personas::delete))
        .route("/api/persona/{persona_id}/hear", post(personas::hear))
        .route(
            "/api/persona/{persona_id}/conversation",
            get(personas::conversation),
        )
        .route("/api/persona/{persona_id}/start", post(lifecycle::start))
        .route("/api/persona/{persona_id}/stop", post(lifecycle::stop))
        .route(
            "/api/persona/{persona_id}/restart",
            post(lifecycle::restart),
        )
        .route("/api/persona/{persona_id}/channels", post(channels::add))
        .route(
            "/api/persona/{persona_id}/channels/{channel_name}",
            delete(channels::remove),
        )
        .route("/api/persona/{persona_id}/pair", post(channels::pair))
        .route("/ws/{persona_id}", get(socket::open))
}
