//! The pages that a welcome names where the operator has none of their own.

use axum::http::StatusCode;
use axum::response::Response;

use super::page::{Page, answer};

/// `GET /terms`
pub(super) async fn terms() -> Response {
    let text = "This host is run by its operator, who decides who may use it and for how long. What you write here goes to \
        agents that people have made; what they answer is theirs, may be wrong, and comes without any warranty. Use it for \
        nothing that is against the law, and for nothing that harms others or the host. The operator can give an address of \
        terms of their own (CLOISTER_TERMS_URL), which then count in place of these.";
    answer(StatusCode::OK, page("Terms of Service", text))
}

/// `GET /privacy`
pub(super) async fn privacy() -> Response {
    let text = "The host keeps what you write, what agents answer, the name and the id under which your messaging product knows \
        you, and what your agents store, in its own database, until the operator removes it. Those who manage the project of \
        the channel can read it. It is given to no one else, except to services that an agent was granted. The operator can \
        give an address of a policy of their own (CLOISTER_PRIVACY_URL), which then counts in place of this one.";
    answer(StatusCode::OK, page("Privacy Policy", text))
}

fn page(title: &'static str, text: &str) -> Page {
    Page {
        title,
        text: text.to_owned(),
        ..Page::default()
    }
}
