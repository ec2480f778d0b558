//! The page. It carries no data but whose it is: its script gets that as events.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};

use super::wire::{self, PageQuery};
use crate::auth::Proof;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::consoles::{self, Console};
use crate::web::assets::{self, LivePaths};
use crate::web::failure::status;

/// Everything from this host and no script inline. The terminal writes its own styles: a style can do little without a place
/// to send what it finds to, and there is none.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; \
    img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "live.html")]
struct LivePage<'a> {
    agent: String,
    name: &'a str,
    status: &'static str,
    conversation: String,
    may_prompt: bool,
    longest: usize,
    paths: LivePaths,
}

#[derive(Template)]
#[template(path = "no_live.html")]
struct NoLivePage {
    title: &'static str,
    why: String,
    leads_to_sign_in: bool,
    paths: LivePaths,
}

/// `GET /agents/{name}/live`
pub(super) async fn show(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Response {
    let query = query.map(|Query(query)| query).unwrap_or_default();
    match open(&cx, proof, name, &query).await {
        Ok(console) => live(&console, query),
        Err(error) => no_live(&error),
    }
}

async fn open(cx: &Context, proof: Proof, name: String, query: &PageQuery) -> Result<Console> {
    let caller = proof.caller()?;
    let asked = wire::asked(name, query.conversation.as_deref())?;
    consoles::open(cx, &caller, &asked).await
}

fn live(console: &Console, query: PageQuery) -> Response {
    let page = LivePage {
        agent: console.agent.id.public(),
        name: &console.agent.name,
        status: console.agent.status.as_str(),
        conversation: query.conversation.unwrap_or_default(),
        may_prompt: console.may_prompt,
        longest: consoles::TEXT,
        paths: assets::live_paths(),
    };
    respond(StatusCode::OK, page.render())
}

/// A page that tells why there is no other one.
pub(super) fn no_live(error: &Error) -> Response {
    error.report("live");
    let (title, why) = match error {
        Error::Unauthenticated => (
            "Sign in first",
            "This page is for those who are signed in. Ask for a new link where you got this one, or sign in."
                .to_owned(),
        ),
        Error::NotFound { .. } => (
            "Nothing here",
            "There is no such agent or conversation, or it is not yours to see.".to_owned(),
        ),
        error => ("That did not work", error.to_string()),
    };
    apology(status(error), title, why)
}

/// The same in other words.
pub(super) fn apology(status: StatusCode, title: &'static str, why: String) -> Response {
    let page = NoLivePage {
        title,
        why,
        leads_to_sign_in: status == StatusCode::UNAUTHORIZED,
        paths: assets::live_paths(),
    };
    respond(status, page.render())
}

pub(super) fn respond(status: StatusCode, page: askama::Result<String>) -> Response {
    let Ok(page) = page else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        // The address may be a secret: it goes to no one else.
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, page).into_response()
}
