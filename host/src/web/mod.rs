//! Web: what a browser opens. The chat page of a web channel, the script that puts it into other sites, the API that both
//! use, the live pages of agents, and their assets. Nothing here loads anything from another host.

mod assets;
mod chat_page;
mod door;
mod events;
mod failure;
pub(crate) mod graphiql;
mod live;
mod origin;
mod widget;
mod wire;

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;

pub(crate) use self::failure::Failure;
use crate::context::Context;

/// Every route of this module.
pub fn routes() -> Router<Context> {
    Router::new()
        .route("/chat/{channel}", get(chat_page::show))
        .route("/widget.js", get(assets::widget))
        .route("/assets/{file}", get(assets::asset))
        .route("/graphiql/{file}", get(graphiql::file))
        .merge(widget::routes())
        .merge(live::routes())
}

/// What those are that are no pages.
pub fn description() -> utoipa::openapi::OpenApi {
    widget::Description::openapi().merge_from(live::Description::openapi())
}
