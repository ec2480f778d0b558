//! What all of these pages look like.

use std::borrow::Cow;

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::auth::{SessionCookie, is_trusted};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::sessions::SignedIn;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page.
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
button, input { font: inherit; padding: .5rem 1.25rem; box-sizing: border-box }
label { display: block; margin: 0 0 1rem; max-width: 22rem }
input { display: block; width: 100%; padding: .5rem }
</style>
</head>
<body>
<h1>{{ title }}</h1>
<p{% if is_error %} role="alert"{% endif %}>{{ text }}</p>
{% if let Some(form) = form %}<form method="post"{% if !form.action.is_empty() %} action="{{ form.action }}"{% endif %}>
{% for field in form.fields %}<label>{{ field.label }}<input name="{{ field.name }}" type="{{ field.kind }}" autocomplete="{{ field.autocomplete }}" value="{{ field.value }}" required{% if loop.first %} autofocus{% endif %}></label>
{% endfor %}<button{% if form.fields.is_empty() %} autofocus{% endif %}>{{ form.button }}</button>
</form>{% endif %}
{% if let Some((about, form)) = other %}<p>{{ about }}</p>
<form method="post" action="{{ form.action }}">
{% for field in form.fields %}<label>{{ field.label }}<input name="{{ field.name }}" type="{{ field.kind }}" autocomplete="{{ field.autocomplete }}" value="{{ field.value }}" required></label>
{% endfor %}<button>{{ form.button }}</button>
</form>{% endif %}
{% if !agents.is_empty() %}<h2>Agents</h2>
<ul>{% for (name, status) in agents %}<li>{{ name }}: {{ status }}</li>{% endfor %}</ul>{% endif %}
{% if !troubles.is_empty() %}<h2>Channels that do not work</h2>
<ul>{% for (name, status, reason) in troubles %}<li>{{ name }}: {{ status }}{% if !reason.is_empty() %}. {{ reason }}{% endif %}</li>{% endfor %}</ul>{% endif %}
{% if !chats.is_empty() %}<h2>Chat pages</h2>
<ul>{% for (name, path) in chats %}<li><a href="{{ path }}">{{ name }}</a></li>{% endfor %}</ul>{% endif %}
</body>
</html>
"#
)]
pub(super) struct Page {
    /// Its heading.
    pub title: &'static str,
    /// What it says.
    pub text: String,
    /// Whether that is something that went wrong.
    pub is_error: bool,
    /// What it asks for.
    pub form: Option<Form>,
    /// What else it asks for, with a word about it.
    pub other: Option<(String, Form)>,
    /// Agents with their status.
    pub agents: Vec<(String, &'static str)>,
    /// Channels that wait for someone or are out of order, with their status and the reason for it.
    pub troubles: Vec<(String, &'static str, String)>,
    /// Names and paths of chat pages.
    pub chats: Vec<(String, String)>,
}

/// What a page asks for.
pub(super) struct Form {
    /// Where to, or the page itself.
    pub action: Cow<'static, str>,
    /// What.
    pub fields: Vec<Field>,
    /// What its button says.
    pub button: String,
}

/// One thing that is asked for.
pub(super) struct Field {
    pub label: &'static str,
    pub name: &'static str,
    pub kind: &'static str,
    pub autocomplete: &'static str,
    pub value: String,
}

impl Field {
    pub(super) fn email(value: String) -> Self {
        Self {
            label: "E-mail",
            name: "email",
            kind: "email",
            autocomplete: "username",
            value,
        }
    }

    pub(super) fn password(autocomplete: &'static str) -> Self {
        Self {
            label: "Password",
            name: "password",
            kind: "password",
            autocomplete,
            value: String::new(),
        }
    }
}

/// Makes sure that a form was sent by a page of this host: another site's must not sign its visitors in as someone of its
/// choice.
pub(super) fn check_origin(cx: &Context, method: &Method, headers: &HeaderMap) -> Result<()> {
    if is_trusted(method, headers, cx.config.web.public_url.as_ref()) {
        return Ok(());
    }
    Err(Error::Forbidden {
        what: "do this from another site's page".to_owned(),
    })
}

/// On to the front page, signed in.
pub(super) fn signed_in(signed_in: &SignedIn) -> Response {
    // An account that a channel made is set up first.
    let is_bare = signed_in.user.email.is_none();
    to(if is_bare { "/account" } else { "/" }, &signed_in.cookie())
}

/// On to the front page, with this cookie.
pub(super) fn to_front(cookie: &SessionCookie) -> Response {
    to("/", cookie)
}

fn to(path: &str, cookie: &SessionCookie) -> Response {
    match cookie.header() {
        Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to(path)).into_response(),
        Err(error) => failed(&Error::internal(error)),
    }
}

/// A page that tells an error.
pub(super) fn failed(error: &Error) -> Response {
    failed_with(error, error.to_string())
}

/// The same in other words.
pub(super) fn failed_with(error: &Error, text: String) -> Response {
    let page = Page {
        title: "That did not work",
        text,
        is_error: true,
        ..Page::default()
    };
    told(error, page)
}

/// A page under the status that fits an error.
pub(super) fn told(error: &Error, page: Page) -> Response {
    error.report("sign-in");
    let status = match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        Error::Invalid { .. } => StatusCode::BAD_REQUEST,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    answer(status, page)
}

/// The page itself.
pub(super) fn answer(status: StatusCode, page: Page) -> Response {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        // The address may be the secret: it goes to no one else, and is not kept.
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

/// What linking a chat to an account means.
pub(super) const LINKING: &str = "Or link the chat to an account that you have: your agents from the chat become that \
    account's, and from then on the chat speaks for it. Whoever runs the chat's product could use that.";
