//! The project channels of the documented specs: each status of its document, and who may not.

mod log;
mod manage;
mod rights;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tests::App;
use tests::fakes::telegram::Telegram;
use tests::people::Home;

/// A host with an agent, beside a Telegram, and the address of its project's channels.
async fn with_telegram() -> (App, Telegram, String) {
    let telegram = Telegram::start().await;
    let app = App::build()
        .set("CLOISTER_TELEGRAM_API_URL", telegram.url())
        .start()
        .await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    let home = Home::of(&app).await;
    let all = format!("/api/projects/{}/channels", home.project);
    (app, telegram, all)
}

async fn ask(app: &App, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    app.owner().send(method, path, body).await
}

/// The one field of a refusal, whose text is returned.
fn error(answer: &(StatusCode, Value), status: StatusCode) -> String {
    assert_eq!(answer.0, status, "{}", answer.1);
    let fields = answer.1.as_object().unwrap();
    assert_eq!(fields.len(), 1, "{}", answer.1);
    fields["error"].as_str().unwrap().to_owned()
}
