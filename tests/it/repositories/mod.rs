//! Git repositories: connected to an account, and checked out for an agent.

mod checkout;
mod commands;
mod connect;

use serde_json::{Value, json};
use tests::App;

const CONNECT: &str = "mutation($url: String!, $token: String) {
    connectRepository(input: { url: $url, token: $token }) { id fullName url hasToken head branch } }";
const CHECK_OUT: &str = "mutation($repository: String!, $agent: ID!) {
    checkOutRepository(input: { repository: $repository, agent: $agent }) {
        commit files bytes leftOut module { id } wanted } }";

async fn connect(app: &App, url: &str, token: Option<&str>) -> Value {
    let variables = json!({ "url": url, "token": token });
    app.owner().graphql(CONNECT, variables).await
}

async fn check_out(app: &App, repository: &str, agent: &str) -> Value {
    let variables = json!({ "repository": repository, "agent": agent });
    app.owner().graphql(CHECK_OUT, variables).await
}

/// What an answer complains of, with its code.
fn complaint(answer: &Value) -> String {
    let error = &answer["errors"][0];
    format!(
        "{} {}",
        error["extensions"]["code"].as_str().unwrap_or("fine"),
        error["message"].as_str().unwrap_or_default()
    )
}
