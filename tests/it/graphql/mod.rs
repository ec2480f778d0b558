//! The control plane as its clients see it.

mod answers;
mod carriers;
mod changes;
mod described;
mod limits;
mod lists;
mod page;
mod project;
mod sockets;
mod uploads;

use serde_json::Value;
use tests::App;

/// Asks as the owner; there must be no error.
async fn ask(app: &App, query: &str, variables: Value) -> Value {
    let answer = app.owner().graphql(query, variables).await;
    assert_eq!(answer["errors"], Value::Null, "{query}: {answer}");
    answer["data"].clone()
}

/// Asks as the owner for what is refused: the code, and the field where one is named.
async fn refused(app: &App, query: &str, variables: Value) -> (String, Value) {
    let answer = app.owner().graphql(query, variables).await;
    let extensions = &answer["errors"][0]["extensions"];
    let code = extensions["code"]
        .as_str()
        .unwrap_or_else(|| panic!("{query}: {answer}"));
    (code.to_owned(), extensions["field"].clone())
}
