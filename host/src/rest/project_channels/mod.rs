//! Project channels (`project-channels` of the documented specs): a project's channels as its owners connect, change and
//! read them, and the login of a WeChat account by QR code. Errors are `{"error": "…"}` under a fitting status.

mod bodies;
mod channels;
mod failure;
mod messages;
mod wechat;
mod wire;

use axum::Router;
use axum::routing::{delete, get, post};
use utoipa::OpenApi;

use crate::context::Context;

/// The routes, described.
#[derive(OpenApi)]
#[openapi(
    paths(
        channels::list, channels::create, channels::show, channels::change, channels::delete,
        wechat::start, wechat::status, wechat::type_code, wechat::svg, wechat::png, wechat::unbind,
        messages::list
    ),
    components(schemas(failure::Problem)),
    tags((name = "Project channels", description = "A project's channels, for its owners; the login of a WeChat account."))
)]
pub(super) struct Description;

/// The routes.
pub(super) fn routes() -> Router<Context> {
    let all = "/api/projects/{project}/channels";
    let one = "/api/projects/{project}/channels/{channel}";
    let below = |path: &str| format!("{one}{path}");
    Router::new()
        .route(all, get(channels::list).post(channels::create))
        .route(
            one,
            get(channels::show)
                .patch(channels::change)
                .delete(channels::delete),
        )
        .route(&below("/wechat"), delete(wechat::unbind))
        .route(&below("/wechat/qr"), post(wechat::start))
        .route(&below("/wechat/qr.svg"), get(wechat::svg))
        .route(&below("/wechat/qr.png"), get(wechat::png))
        .route(&below("/wechat/code"), post(wechat::type_code))
        .route(&below("/wechat/status"), get(wechat::status))
        .route(&below("/messages"), get(messages::list))
}
