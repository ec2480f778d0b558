//! The Channel API (`channel-api` of the documented specs): a messaging product of one's own as a front of agents.
//! Management endpoints take a session cookie or a personal token, `inbound` takes the channel's key.

mod channels;
mod failure;
mod inbound;
mod wire;

use axum::Router;
use axum::routing::{delete, get, post};

use crate::context::Context;

/// The routes of the document, and `PATCH`, which is ours: another name, callback address or agent.
pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/channels", get(channels::list).post(channels::create))
        .route(
            "/api/channels/{id}",
            delete(channels::delete).patch(channels::change),
        )
        .route("/api/channels/{id}/rotate-key", post(channels::rotate_key))
        .route("/api/channels/{id}/inbound", post(inbound::inbound))
}
