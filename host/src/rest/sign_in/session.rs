//! Signing in with a password or a one-time link, and signing out.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::page::{
    self, Field, Page, answer, check_origin, failed, failed_with, signed_in, to_front,
};
use crate::auth::{Caller, Proof};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::request::form::Form;
use crate::service::sessions::{self, SignedIn};
use crate::service::sign_in as service;
use crate::service::{accounts, projects, users};
use crate::vault::Secret;

/// `GET /sign-in`
pub(super) async fn show() -> Response {
    let text = "With the e-mail address and the password of your account.";
    answer(StatusCode::OK, form(text.to_owned(), String::new()))
}

/// `POST /sign-in`
pub(super) async fn sign_in(
    State(cx): State<Context>,
    proof: Proof,
    method: Method,
    headers: HeaderMap,
    form: Form,
) -> Response {
    if let Err(error) = check_origin(&cx, &method, &headers) {
        return failed(&error);
    }
    let mut email = String::new();
    match with_password(&cx, &proof, form, &mut email).await {
        Ok(session) => signed_in(&session),
        Err(error) => {
            let text = match &error {
                Error::Unauthenticated => format!("Sorry, {}.", service::WRONG),
                error => error.to_string(),
            };
            let page = Page {
                is_error: true,
                ..self::form(text, email)
            };
            page::told(&error, page)
        }
    }
}

async fn with_password(
    cx: &Context,
    proof: &Proof,
    form: Form,
    email: &mut String,
) -> Result<SignedIn> {
    let fields = form.fields()?;
    *email = fields.required_text(&["email"], users::EMAIL)?;
    let password = Secret::new(fields.required_text(&["password"], users::PASSWORD)?);
    service::with_password(cx, proof.client(), email, password).await
}

fn form(text: String, email: String) -> Page {
    Page {
        title: "Sign in to Cloister",
        text,
        form: Some(page::Form {
            action: "/sign-in".into(),
            fields: vec![Field::email(email), Field::password("current-password")],
            button: "Sign in".to_owned(),
        }),
        ..Page::default()
    }
}

/// `GET /sign-in/{token}`: whoever is signed in may link the account of a chat to their own instead.
pub(super) async fn show_link(
    State(cx): State<Context>,
    Path(token): Path<String>,
    proof: Proof,
) -> Response {
    let other = match proof.caller_if_any() {
        Ok(Some(caller)) => joining(&cx, &caller, &token).await,
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    let other = match other {
        Ok(other) => other,
        Err(error) => return failed(&error),
    };
    let page = Page {
        title: "Sign in to Cloister",
        text: "This link works once.".to_owned(),
        form: Some(page::Form {
            action: "".into(),
            fields: Vec::new(),
            button: "Sign in".to_owned(),
        }),
        other,
        ..Page::default()
    };
    answer(StatusCode::OK, page)
}

/// What someone who is signed in already can do with a link from a chat.
async fn joining(
    cx: &Context,
    caller: &Caller,
    token: &str,
) -> Result<Option<(String, page::Form)>> {
    let viewer = projects::viewer(cx, caller).await?;
    let (Some(email), Some(account)) = (viewer.email, accounts::bare_account(cx, token).await?)
    else {
        return Ok(None);
    };
    let form = page::Form {
        action: format!("/sign-in/{token}/join").into(),
        fields: Vec::new(),
        button: format!("Link {} to {email}", account.name),
    };
    Ok(Some((page::LINKING.to_owned(), form)))
}

/// `POST /sign-in/{token}/join`
pub(super) async fn join(
    State(cx): State<Context>,
    Path(token): Path<String>,
    proof: Proof,
    method: Method,
    headers: HeaderMap,
) -> Response {
    if let Err(error) = check_origin(&cx, &method, &headers) {
        return failed(&error);
    }
    let joined = match proof.caller() {
        Ok(caller) => accounts::join_with_link(&cx, &caller, &token).await,
        Err(error) => Err(error),
    };
    match joined {
        Ok(_) => Redirect::to("/").into_response(),
        Err(error) => failed(&error),
    }
}

/// `POST /sign-in/{token}`
pub(super) async fn use_link(
    State(cx): State<Context>,
    Path(token): Path<String>,
    proof: Proof,
    method: Method,
    headers: HeaderMap,
) -> Response {
    if let Err(error) = check_origin(&cx, &method, &headers) {
        return failed(&error);
    }
    match service::use_link(&cx, proof.client(), &token).await {
        Ok(session) => signed_in(&session),
        Err(error @ Error::NotFound { .. }) => {
            let text = "This link was used already, or is too old. Ask for a new one where you had it from: /login in your chat, or \
                 another start of Cloister.";
            failed_with(&error, text.to_owned())
        }
        Err(error) => failed(&error),
    }
}

/// `POST /sign-out`
pub(super) async fn sign_out(State(cx): State<Context>, proof: Proof) -> Response {
    let ended = match proof.caller_if_any() {
        Ok(Some(caller)) => sessions::end(&cx, &caller).await,
        // It has ended already.
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) => to_front(&sessions::no_cookie(&cx)),
        Err(error) => failed(&error),
    }
}
