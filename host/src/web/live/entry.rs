//! The way in with a link from a chat. Opening its address uses nothing up, since chats open the addresses in them to show a
//! preview: the page there sends a form at once, by a script, or by its button where scripts are off.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::page::{apology, no_live, respond};
use crate::auth::{Proof, is_trusted};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::consoles;
use crate::web::assets::{self, LivePaths};

#[derive(Template)]
#[template(path = "session_login.html")]
struct EntryPage {
    paths: LivePaths,
}

/// The secret part of a link.
#[derive(Deserialize)]
pub(super) struct EntryQuery {
    sid: String,
}

/// `GET /api/auth/session-login`
pub(super) async fn show() -> Response {
    let page = EntryPage {
        paths: assets::live_paths(),
    };
    respond(StatusCode::OK, page.render())
}

/// `POST /api/auth/session-login`
pub(super) async fn enter(
    State(cx): State<Context>,
    proof: Proof,
    method: Method,
    headers: HeaderMap,
    query: Result<Query<EntryQuery>, QueryRejection>,
) -> Response {
    match use_link(&cx, &proof, &method, &headers, query).await {
        Ok(response) => response,
        Err(Error::NotFound { what: "Link", .. }) => {
            let why =
                "It works once, for a quarter of an hour. Ask for a new one where you got it.";
            apology(StatusCode::CONFLICT, "This link is used up", why.to_owned())
        }
        Err(error) => no_live(&error),
    }
}

async fn use_link(
    cx: &Context,
    proof: &Proof,
    method: &Method,
    headers: &HeaderMap,
    query: Result<Query<EntryQuery>, QueryRejection>,
) -> Result<Response> {
    // Another site's page must not sign its visitors in as someone of its choice.
    if !is_trusted(method, headers, cx.config.web.public_url.as_ref()) {
        return Err(Error::Forbidden {
            what: "do this from another site's page".to_owned(),
        });
    }
    let Query(query) =
        query.map_err(|_| Error::invalid("sid", "is missing: the link is not whole"))?;
    let opened = consoles::use_link(cx, proof.client(), &query.sid).await?;
    let cookie = opened.session.cookie().header().map_err(Error::internal)?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to(&opened.path)).into_response())
}
