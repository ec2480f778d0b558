//! The page behind an invite's link: for someone new it asks for a name and a password; whoever is signed in as the
//! invited accepts with a button.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::page::{self, Field, Page, answer, check_origin, failed, signed_in};
use crate::auth::{Caller, Client, Proof};
use crate::context::Context;
use crate::error::Result;
use crate::request::form::Form;
use crate::service::invites::{self, NewPerson, Offer};
use crate::service::users;
use crate::vault::Secret;

/// `GET /invite/{token}`
pub(super) async fn show(
    State(cx): State<Context>,
    Path(token): Path<String>,
    proof: Proof,
) -> Response {
    let offered = async {
        let caller = proof.caller_if_any()?;
        invites::look(&cx, caller.as_ref(), &token).await
    };
    match offered.await {
        Ok(offer) => answer(StatusCode::OK, offered_page(&offer)),
        Err(error) => failed(&error),
    }
}

fn offered_page(offer: &Offer) -> Page {
    let (role, email) = (offer.invite.role, &offer.invite.email);
    let text = format!(
        "{email} is invited to the project {} as {role}.",
        offer.project.name
    );
    let name = Field {
        label: "Your name",
        name: "name",
        kind: "text",
        autocomplete: "name",
        value: String::new(),
    };
    let (text, fields) = match (offer.is_for_caller, offer.has_account) {
        (true, _) => (text, Vec::new()),
        (false, false) => (text, vec![name, Field::password("new-password")]),
        (false, true) => {
            let text = format!("{text} Sign in as {email} at /sign-in, and open this link again.");
            return Page {
                title: "An invite",
                text,
                ..Page::default()
            };
        }
    };
    Page {
        title: "An invite",
        text,
        form: Some(page::Form {
            action: "".into(),
            fields,
            button: "Accept".to_owned(),
        }),
        ..Page::default()
    }
}

/// `POST /invite/{token}`
pub(super) async fn accept(
    State(cx): State<Context>,
    Path(token): Path<String>,
    proof: Proof,
    method: Method,
    headers: HeaderMap,
    form: Form,
) -> Response {
    if let Err(error) = check_origin(&cx, &method, &headers) {
        return failed(&error);
    }
    let client = proof.client();
    let accepted = match proof.caller_if_any() {
        Ok(Some(caller)) => accept_as(&cx, &caller, &token).await,
        Ok(None) => accept_new(&cx, client, &token, form).await,
        Err(error) => Err(error),
    };
    accepted.unwrap_or_else(|error| failed(&error))
}

async fn accept_as(cx: &Context, caller: &Caller, token: &str) -> Result<Response> {
    invites::accept(cx, caller, token).await?;
    Ok(Redirect::to("/").into_response())
}

async fn accept_new(cx: &Context, client: Client, token: &str, form: Form) -> Result<Response> {
    let fields = form.fields()?;
    let person = NewPerson {
        email: None,
        name: fields.text(&["name"], users::NAME)?,
        password: Secret::new(fields.required_text(&["password"], users::PASSWORD)?),
    };
    let session = invites::accept_new(cx, client, token, person).await?;
    Ok(signed_in(&session))
}
