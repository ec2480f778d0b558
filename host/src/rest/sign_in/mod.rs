//! The pages on which people sign in and out: with a one-time link (opening it uses nothing up; its button does), with
//! e-mail and password, by accepting an invite. And the front page, which they lead to, with what is done from there.

mod account;
mod front;
mod invite;
mod page;
mod pair;
mod session;
mod terms;

use axum::Router;
use axum::routing::{get, post};

use crate::context::Context;

/// The routes.
pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/", get(front::show))
        .route("/sign-in", get(session::show).post(session::sign_in))
        .route(
            "/sign-in/{token}",
            get(session::show_link).post(session::use_link),
        )
        .route("/sign-in/{token}/join", post(session::join))
        .route("/account", get(account::show).post(account::set_up))
        .route("/account/join", post(account::join))
        .route("/pair", post(pair::pair))
        .route("/terms", get(terms::terms))
        .route("/privacy", get(terms::privacy))
        .route("/sign-out", post(session::sign_out))
        .route("/invite/{token}", get(invite::show).post(invite::accept))
}
