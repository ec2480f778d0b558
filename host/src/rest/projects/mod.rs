//! Projects (the routes beside `project-channels` of the documented specs): projects themselves, the agents that work in one,
//! the people who are in it, invites, keys, settings and conversations. Errors are `{"error": "…"}` under a fitting status.

mod access;
mod bodies;
mod conversations;
mod failure;
mod humans;
mod invites;
mod keys;
mod manage;
mod members;
mod settings;
mod shown;
mod wire;

use axum::Router;
use axum::routing::{delete, get, post};
use utoipa::OpenApi;

use crate::context::Context;

/// The routes, described.
#[derive(OpenApi)]
#[openapi(
    paths(
        manage::list, manage::create, manage::show, manage::change, manage::delete,
        members::list, members::add, members::remove,
        humans::list, humans::change, humans::remove,
        invites::list, invites::create, invites::revoke,
        keys::list, keys::create, keys::revoke,
        settings::show, settings::change, settings::rotate_secret,
        conversations::list, conversations::show, conversations::create, conversations::change, conversations::delete
    ),
    components(schemas(failure::Problem)),
    tags((name = "Projects", description = "Projects: who works in them, who may change them, and how programs get in."))
)]
pub(super) struct Description;

/// The routes.
pub(super) fn routes() -> Router<Context> {
    let one = "/api/projects/{project}";
    let below = |path: &str| format!("{one}{path}");
    Router::new()
        .route("/api/projects", get(manage::list).post(manage::create))
        .route(
            one,
            get(manage::show)
                .patch(manage::change)
                .delete(manage::delete),
        )
        .route(&below("/members"), get(members::list).post(members::add))
        .route(&below("/members/{agent}"), delete(members::remove))
        .route(&below("/humans"), get(humans::list))
        .route(
            &below("/humans/{user}"),
            axum::routing::patch(humans::change).delete(humans::remove),
        )
        .route(&below("/invites"), get(invites::list).post(invites::create))
        .route(&below("/invites/{invite}"), delete(invites::revoke))
        .route(&below("/api-keys"), get(keys::list).post(keys::create))
        .route(&below("/api-keys/{key}"), delete(keys::revoke))
        .route(
            &below("/settings"),
            get(settings::show).patch(settings::change),
        )
        .route(
            &below("/settings/webhook/rotate-secret"),
            post(settings::rotate_secret),
        )
        .route(
            &below("/conversations"),
            get(conversations::list).post(conversations::create),
        )
        .route(
            &below("/conversations/{conversation}"),
            get(conversations::show)
                .patch(conversations::change)
                .delete(conversations::delete),
        )
}
