//! The form into which a code is typed that an agent has shown on one of its channels.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;

use super::page::{self, Field, Page, answer, check_origin, failed};
use crate::auth::Proof;
use crate::context::Context;
use crate::request::form::Form;
use crate::service::{names, pairing};

/// Characters of a code, with some to spare.
const CODE: usize = 20;

/// What the front page asks for.
pub(super) fn form() -> (String, page::Form) {
    let field = |label, name| Field {
        label,
        name,
        kind: "text",
        autocomplete: "off",
        value: String::new(),
    };
    let about = "A channel that has shown a pairing code listens to whoever was shown it, once it is verified.";
    let form = page::Form {
        action: "/pair".into(),
        fields: vec![field("Agent", "agent"), field("Pairing code", "code")],
        button: "Verify the channel".to_owned(),
    };
    (about.to_owned(), form)
}

/// `POST /pair`
pub(super) async fn pair(
    State(cx): State<Context>,
    proof: Proof,
    method: Method,
    headers: HeaderMap,
    form: Form,
) -> Response {
    let paired = async {
        check_origin(&cx, &method, &headers)?;
        let caller = proof.caller()?;
        let fields = form.fields()?;
        let agent = fields.required_text(&["agent"], names::NAME)?;
        let code = fields.required_text(&["code"], CODE)?;
        pairing::pair(&cx, &caller, &agent, &code).await
    };
    match paired.await {
        Ok(channel) => {
            let page = Page {
                title: "The channel is verified",
                text: format!("From now on it listens to {} alone.", channel.name),
                ..Page::default()
            };
            answer(StatusCode::OK, page)
        }
        Err(error) => failed(&error),
    }
}
