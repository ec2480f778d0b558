//! The Channel API (`channel-api` of the documented specs): a messaging product of one's own as a front of agents.
//! Management endpoints take a session cookie or a personal token, `inbound` takes the channel's key.

mod bodies;
mod channels;
mod commands;
mod described;
mod failure;
mod inbound;
mod key;
mod register;
mod wire;

use axum::Router;
use axum::routing::{delete, get, post};
use utoipa::OpenApi;

use crate::context::Context;

/// What all routes are.
pub(super) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi().merge_from(described::description())
}

/// The routes that have a handler each, described.
#[derive(OpenApi)]
#[openapi(
    paths(
        channels::list,
        channels::create,
        channels::change,
        channels::delete,
        channels::rotate_key,
        register::register,
        inbound::inbound
    ),
    components(schemas(failure::Problem)),
    tags((name = "Channel API", description = "A messaging product of one's own as a front of agents: it sends what its \
        people say, and is called back with what agents say later."))
)]
struct Description;

/// The routes of the document, and `PATCH`, which is ours: another name, callback address or agent.
pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/channels", get(channels::list).post(channels::create))
        .route(
            "/api/channels/{id}",
            delete(channels::delete).patch(channels::change),
        )
        .route("/api/channels/{id}/rotate-key", post(channels::rotate_key))
        .route("/api/channels/register", post(register::register))
        .route("/api/channels/{id}/inbound", post(inbound::inbound))
        .merge(commands::routes())
}
