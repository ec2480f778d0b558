//! The persona API: each status of its document, and its life from end to end.

mod channels;
mod lifecycle;
mod pairing;
mod talk;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;
use tests::fakes::discord::Discord;
use tests::fakes::telegram::Telegram;
use tests::wait::{LONG, wait_for};

/// A host beside both providers.
async fn home() -> (App, Telegram, Discord) {
    let (telegram, discord) = (Telegram::start().await, Discord::start().await);
    let app = crate::discord::beside(&discord).set("CLOISTER_TELEGRAM_API_URL", telegram.url());
    (app.start().await, telegram, discord)
}

async fn post(app: &App, path: &str, body: Value) -> (StatusCode, Value) {
    let path = format!("/api/persona/{path}");
    app.owner().send(Method::POST, &path, Some(body)).await
}

/// Makes a persona, and returns her id.
async fn create(app: &App, name: &str, extra: Value) -> String {
    let mut body = json!({ "name": name, "thinking_model": "none" });
    body.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    let (status, made) = post(app, "create", body).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    assert_eq!(made["recovery_phrase"], Value::Null);
    made["persona"]["id"].as_str().unwrap().to_owned()
}

/// A persona as the list shows her.
async fn shown(app: &App, id: &str) -> Value {
    let (status, list) = app.owner().send(Method::GET, "/api/personas", None).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    let personas = list["personas"].as_array().unwrap();
    let found = personas.iter().find(|persona| persona["id"] == id);
    found.cloned().unwrap_or(Value::Null)
}

/// The code in a text that a stranger was sent.
fn code_in(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let code = lines[0]
        .strip_prefix("Your pairing code is: ")
        .unwrap_or_else(|| panic!("{text}"));
    assert_eq!(
        lines[2],
        "Enter this code in the Cloister web UI to verify this channel."
    );
    assert_eq!(lines[3], "This code expires in 10 minutes.");
    assert!(
        code.len() == 6
            && code
                .chars()
                .all(|digit| digit.is_ascii_digit() || ('A'..='F').contains(&digit))
    );
    code.to_owned()
}

/// Pairs a persona with someone who writes to her on Discord.
async fn paired_with(app: &App, discord: &Discord, persona: &str, user: u64) -> Value {
    let before = discord.shown().len();
    discord.say(user, "hello?");
    let texts = discord.wait_for(before + 1).await;
    let code = code_in(texts.last().unwrap());
    let (status, paired) = post(app, &format!("{persona}/pair"), json!({ "code": code })).await;
    assert_eq!(status, StatusCode::OK, "{paired}");
    paired
}

/// Waits until what Discord shows last is this.
async fn wait_for_last(discord: &Discord, text: &str) {
    wait_for(LONG, text, async || {
        (discord.shown().last().map(String::as_str) == Some(text)).then_some(())
    })
    .await;
}
