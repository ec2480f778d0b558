//! The Telegram integration of the external message API (`external-message` of the documented specs, its messenger
//! settings): one bot in the caller's default project, set up from its token alone. Every channel can be called by its own
//! address as well.

mod bodies;
mod call;
mod failure;
mod settings;
mod wire;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use utoipa::OpenApi;

use crate::context::Context;
use crate::hooks;

/// The routes, described.
#[derive(OpenApi)]
#[openapi(
    paths(
        call::by_secret, call::by_channel, settings::config, settings::set_config, settings::setup,
        settings::disconnect, settings::access_code, settings::webhook, settings::start_webhook,
        settings::stop_webhook, settings::polling, settings::start_polling, settings::stop_polling
    ),
    components(schemas(failure::Problem)),
    tags((name = "Telegram", description = "One bot in the caller's default project, set up from its token alone."))
)]
pub(super) struct Description;

/// The routes.
pub(super) fn routes() -> Router<Context> {
    let called = Router::new()
        .route("/api/integrations/telegram", post(call::by_secret))
        .route("/api/channels/{id}/telegram", post(call::by_channel))
        .layer(DefaultBodyLimit::max(hooks::BODY));
    Router::new()
        .route(
            "/api/integrations/telegram/config",
            get(settings::config).put(settings::set_config),
        )
        .route("/api/integrations/telegram/setup", post(settings::setup))
        .route(
            "/api/integrations/telegram/disconnect",
            post(settings::disconnect),
        )
        .route(
            "/api/integrations/telegram/access-code",
            post(settings::access_code),
        )
        .route(
            "/api/integrations/telegram/webhook",
            get(settings::webhook)
                .post(settings::start_webhook)
                .delete(settings::stop_webhook),
        )
        .route(
            "/api/integrations/telegram/polling",
            get(settings::polling)
                .post(settings::start_polling)
                .delete(settings::stop_polling),
        )
        .merge(called)
}
