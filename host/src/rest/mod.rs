//! REST: a folder for each documented API that this host speaks, each with its own shapes and errors, all over the same
//! services; and `agents`, the host's own endpoints for scripts.

pub mod agents;
pub mod auth;
pub mod channel_api;
pub mod external_message;
pub mod project_channels;
pub mod sign_in;
pub mod telegram;

use axum::Router;
use utoipa::OpenApi;

use crate::context::Context;

/// Every REST route.
pub fn routes() -> Router<Context> {
    Router::new()
        .merge(agents::routes())
        .merge(auth::routes())
        .merge(channel_api::routes())
        .merge(external_message::routes())
        .merge(project_channels::routes())
        .merge(sign_in::routes())
        .merge(telegram::routes())
}

/// What they are.
pub fn description() -> utoipa::openapi::OpenApi {
    auth::Description::openapi()
        .merge_from(agents::Description::openapi())
        .merge_from(channel_api::description())
        .merge_from(external_message::Description::openapi())
        .merge_from(project_channels::Description::openapi())
        .merge_from(telegram::Description::openapi())
}
