//! People, what they prove, and what they may do.

mod audit;
mod invites;
mod keys;
mod lists;
mod rights;
mod sessions;

use serde_json::Value;
use tests::App;
use tests::app::Builder;

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "correct horse battery";

/// A host whose first owner has a password.
fn with_password() -> Builder {
    App::build()
        .set("CLOISTER_ADMIN_EMAIL", EMAIL)
        .set("CLOISTER_ADMIN_PASSWORD", PASSWORD)
}

/// What a GraphQL answer has, where nothing went wrong.
fn data(answer: Value) -> Value {
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"].clone()
}

/// The code of the error of an answer; none where nothing went wrong.
fn code(answer: &Value) -> Option<&str> {
    answer["errors"][0]["extensions"]["code"].as_str()
}

/// An id of the database as the control plane shows it.
fn public(prefix: &str, id: &str) -> String {
    format!("{prefix}_{}", id.replace('-', ""))
}
