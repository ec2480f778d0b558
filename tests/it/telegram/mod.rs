//! Telegram from end to end: a bot that is set up from its token, and people who write to it.

mod access;
mod admission;
mod peers;
mod polling;
mod refusals;
mod replies;
mod sessions;
mod settings;
mod webhook;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;
use tests::app::Builder;
use tests::fakes::telegram::{TOKEN, Telegram};
use tests::wait::{LONG, wait_for};

/// Base64 of 32 bytes; hosts that share a database share the key.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ROOT: &str = "/api/integrations/telegram";

/// A host whose newest agent does what it is asked for, beside a Telegram that has its bot.
async fn with_telegram() -> (App, Telegram) {
    let telegram = Telegram::start().await;
    let app = beside(&telegram).start().await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    (app, telegram)
}

/// A host that knows where this Telegram is, with the key of every other one.
fn beside(telegram: &Telegram) -> Builder {
    App::build()
        .set("CLOISTER_MASTER_KEY", KEY)
        .set("CLOISTER_TELEGRAM_API_URL", telegram.url())
}

/// The same with the bot connected and this person let in.
pub(crate) async fn connected(user: i64) -> (App, Telegram) {
    let (app, telegram) = with_telegram().await;
    set_up(&app).await;
    let (status, settings) = ask(
        &app,
        Method::PUT,
        "/config",
        Some(json!({ "allowedUserIds": [user] })),
    )
    .await;
    assert_eq!(
        (status, &settings["allowedUserIds"]),
        (StatusCode::OK, &json!([user.to_string()]))
    );
    (app, telegram)
}

/// Sets the bot up from its token, and reads the answer.
async fn set_up(app: &App) -> Value {
    let (status, answer) = ask(
        app,
        Method::POST,
        "/setup",
        Some(json!({ "botToken": TOKEN })),
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// Asks the settings' endpoints as the owner.
async fn ask(app: &App, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    app.owner()
        .send(method, &format!("{ROOT}{path}"), body)
        .await
}

/// Waits until the bot's channel is in this status; the reason for it.
async fn wait_for_status(app: &App, wanted: &str) -> Option<String> {
    let what = format!("the channel to be {wanted}");
    let settings = wait_for(LONG, &what, async || {
        let (_, settings) = ask(app, Method::GET, "/config", None).await;
        (settings["status"] == wanted).then_some(settings)
    });
    settings.await["statusReason"].as_str().map(str::to_owned)
}

/// Waits until Telegram keeps nothing for the bot any more.
pub(crate) async fn wait_until_confirmed(telegram: &Telegram) {
    wait_for(LONG, "every update to be confirmed", async || {
        (telegram.unconfirmed() == 0).then_some(())
    })
    .await;
}
