//! Projects by REST: what its owners do with them, and who may not.

mod access;
mod conversations;
mod manage;
mod members;
mod settings;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tests::owner::Owner;

async fn ask(by: &Owner, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    by.send(method, path, body).await
}

/// What is answered where it works.
async fn well(
    by: &Owner,
    method: Method,
    path: &str,
    body: Option<Value>,
    status: StatusCode,
) -> Value {
    let answer = ask(by, method, path, body).await;
    assert_eq!(answer.0, status, "{path}: {}", answer.1);
    answer.1
}

/// The one field of a refusal, whose text is returned.
fn error(answer: &(StatusCode, Value), status: StatusCode) -> String {
    assert_eq!(answer.0, status, "{}", answer.1);
    let fields = answer.1.as_object().unwrap();
    assert_eq!(fields.len(), 1, "{}", answer.1);
    fields["error"].as_str().unwrap().to_owned()
}
