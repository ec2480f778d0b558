//! Signing in with a password or a one-time link, and signing out.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;

use super::page::{
    self, Field, Page, answer, check_origin, failed, failed_with, signed_in, to_front,
};
use crate::auth::Proof;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::request::form::Form;
use crate::service::sessions::{self, SignedIn};
use crate::service::sign_in as service;
use crate::service::users;
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
            action: "/sign-in",
            fields: vec![Field::email(email), Field::password("current-password")],
            button: "Sign in".to_owned(),
        }),
        ..Page::default()
    }
}

/// `GET /sign-in/{token}`
pub(super) async fn show_link() -> Response {
    let page = Page {
        title: "Sign in to Cloister",
        text: "This link works once.".to_owned(),
        form: Some(page::Form {
            action: "",
            fields: Vec::new(),
            button: "Sign in".to_owned(),
        }),
        ..Page::default()
    };
    answer(StatusCode::OK, page)
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
            let text =
                "This link was used already, or is too old. Start Cloister again for a new one.";
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
