//! The page on which someone whose account a channel made makes it their own: with an address and a password, or as part of
//! an account that they have already.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::page::{self, Field, LINKING, Page, answer, check_origin, failed, signed_in};
use crate::auth::Proof;
use crate::context::Context;
use crate::error::Result;
use crate::request::form::Form;
use crate::service::{accounts, projects, users};
use crate::vault::Secret;

/// `GET /account`
pub(super) async fn show(State(cx): State<Context>, proof: Proof) -> Response {
    let viewer = match proof.caller() {
        Ok(caller) => projects::viewer(&cx, &caller).await,
        Err(error) => Err(error),
    };
    match viewer {
        Ok(viewer) if viewer.email.is_some() => Redirect::to("/").into_response(),
        Ok(viewer) => answer(StatusCode::OK, form(&viewer.name)),
        Err(error) => failed(&error),
    }
}

fn form(name: &str) -> Page {
    let set_up = page::Form {
        action: "/account".into(),
        fields: vec![Field::email(String::new()), Field::password("new-password")],
        button: "Set up this account".to_owned(),
    };
    let join = page::Form {
        action: "/account/join".into(),
        fields: vec![
            Field::email(String::new()),
            Field::password("current-password"),
        ],
        button: "Link to that account".to_owned(),
    };
    Page {
        title: "Your account",
        text: format!(
            "Signed in as {name}. Choose an e-mail address and a password to go on: your agents stay as they are, and nothing \
             is counted any more."
        ),
        form: Some(set_up),
        other: Some((LINKING.to_owned(), join)),
        ..Page::default()
    }
}

/// `POST /account`
pub(super) async fn set_up(
    State(cx): State<Context>,
    proof: Proof,
    method: Method,
    headers: HeaderMap,
    form: Form,
) -> Response {
    if let Err(error) = check_origin(&cx, &method, &headers) {
        return failed(&error);
    }
    match set_up_with(&cx, proof, form).await {
        Ok(()) => Redirect::to("/").into_response(),
        Err(error) => failed(&error),
    }
}

async fn set_up_with(cx: &Context, proof: Proof, form: Form) -> Result<()> {
    let caller = proof.caller()?;
    let (email, password) = given(form)?;
    accounts::set_up(cx, &caller, &email, password).await?;
    Ok(())
}

/// `POST /account/join`
pub(super) async fn join(
    State(cx): State<Context>,
    proof: Proof,
    method: Method,
    headers: HeaderMap,
    form: Form,
) -> Response {
    if let Err(error) = check_origin(&cx, &method, &headers) {
        return failed(&error);
    }
    let client = proof.client();
    let joined = async {
        let caller = proof.caller()?;
        let (email, password) = given(form)?;
        accounts::join_with_password(&cx, &caller, client, &email, password).await
    };
    match joined.await {
        Ok(session) => signed_in(&session),
        Err(error) => failed(&error),
    }
}

fn given(form: Form) -> Result<(String, Secret<String>)> {
    let fields = form.fields()?;
    let email = fields.required_text(&["email"], users::EMAIL)?;
    let password = fields.required_text(&["password"], users::PASSWORD)?;
    Ok((email, Secret::new(password)))
}
