//! The page behind a one-time sign-in link. Opening it uses nothing up; its button does. And the front page, which it
//! leads to.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::auth::{Proof, is_trusted};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::sign_in;
use crate::service::{agents, channels, projects};

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The routes.
pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/", get(front))
        .route("/sign-in/{token}", get(show).post(sign_in_now))
}

#[derive(Default, Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark }
button { font: inherit; padding: .5rem 1.25rem }
</style>
</head>
<body>
<h1>{{ title }}</h1>
<p>{{ text }}</p>
{% if has_button %}<form method="post"><button autofocus>Sign in</button></form>{% endif %}
{% if !agents.is_empty() %}<h2>Agents</h2>
<ul>{% for (name, status) in agents %}<li>{{ name }}: {{ status }}</li>{% endfor %}</ul>{% endif %}
{% if !chats.is_empty() %}<h2>Chat pages</h2>
<ul>{% for (name, path) in chats %}<li><a href="{{ path }}">{{ name }}</a></li>{% endfor %}</ul>{% endif %}
</body>
</html>
"#
)]
struct Page {
    title: &'static str,
    text: String,
    has_button: bool,
    agents: Vec<(String, &'static str)>,
    chats: Vec<(String, String)>,
}

async fn show() -> Response {
    let page = Page {
        title: "Sign in to Cloister",
        text: "This link works once.".to_owned(),
        has_button: true,
        ..Page::default()
    };
    answer(StatusCode::OK, page)
}

async fn front(State(cx): State<Context>, proof: Proof) -> Response {
    match owners_front(&cx, proof).await {
        Ok(page) => answer(StatusCode::OK, page),
        Err(Error::Unauthenticated) => {
            let text =
                "This host runs agents. Sign in with the link that it printed when it started.";
            answer(
                StatusCode::OK,
                Page {
                    title: "Cloister",
                    text: text.to_owned(),
                    ..Page::default()
                },
            )
        }
        Err(error) => failed(error),
    }
}

async fn owners_front(cx: &Context, proof: Proof) -> Result<Page> {
    let caller = proof.caller()?;
    let viewer = projects::viewer(cx, &caller).await?;
    let list = agents::list_default(cx, &caller).await?;
    let channels = channels::list(cx, &caller, viewer.default_project_id).await?;
    let web = channels.into_iter().filter(|channel| channel.kind == "web");
    Ok(Page {
        title: "Cloister",
        text: format!("Signed in as {}.", viewer.email),
        has_button: false,
        agents: list
            .into_iter()
            .map(|agent| (agent.name, agent.status.as_str()))
            .collect(),
        chats: web
            .map(|channel| {
                (
                    channel.name,
                    format!("/chat/{}", channels::public_id(channel.id)),
                )
            })
            .collect(),
    })
}

async fn sign_in_now(
    State(cx): State<Context>,
    Path(token): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    // Another site's page must not sign its visitors in as someone of its choice.
    if !is_trusted(&method, &headers, cx.config.web.public_url.as_ref()) {
        return failed(Error::Forbidden {
            what: "sign in from another site's page".to_owned(),
        });
    }
    match sign_in::use_link(&cx, &token).await {
        Ok(session) => match session.header() {
            Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
            Err(error) => failed(Error::internal(error)),
        },
        Err(error) => failed(error),
    }
}

fn failed(error: Error) -> Response {
    error.report("sign-in");
    let (status, text) = match &error {
        Error::NotFound { .. } => {
            let text =
                "This link was used already, or is too old. Start Cloister again for a new one.";
            (StatusCode::NOT_FOUND, text.to_owned())
        }
        Error::Forbidden { .. } => (StatusCode::FORBIDDEN, error.to_string()),
        Error::Unavailable { .. } => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    };
    let page = Page {
        title: "That did not work",
        text,
        ..Page::default()
    };
    answer(status, page)
}

fn answer(status: StatusCode, page: Page) -> Response {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        // The address is the secret: it goes to no one else, and is not kept.
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    match page.render() {
        Ok(html) => (status, headers, Html(html)).into_response(),
        Err(error) => {
            Error::internal(error).report("sign-in");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
