//! The bot's settings: set up, look, change, disconnect, and codes for people.

use axum::Json;
use axum::extract::State;
use channels::Kind;
use channels::telegram::Mode;
use serde_json::{Value, json};

use super::bodies::{Changes, NewCode, Setup};
use super::failure::Failure;
use super::wire::{self, Settings};
use crate::auth::Proof;
use crate::context::Context;
use crate::error::Result;
use crate::request::body::JsonObject;
use crate::service::{channels as service, integrations};

const KIND: Kind = Kind::Telegram;

type Answer = Result<Json<Value>, Failure>;

/// The settings, with what is secret of them masked.
#[utoipa::path(
    get,
    path = "/api/integrations/telegram/config",
    tag = "Telegram",
    operation_id = "telegram_config",
    responses((status = 200, description = "The settings", body = Settings), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn config(State(cx): State<Context>, proof: Proof) -> Answer {
    let found = integrations::look(&cx, &proof.caller()?, KIND).await?;
    Ok(Json(json!(Settings::of(&cx, found.as_ref()))))
}

/// Changes the settings; masked values stand for what is stored.
#[utoipa::path(
    put,
    path = "/api/integrations/telegram/config",
    tag = "Telegram",
    operation_id = "telegram_set_config",
    request_body(content = Changes),
    responses((status = 200, description = "The settings, with `success`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn set_config(
    State(cx): State<Context>,
    proof: Proof,
    body: JsonObject,
) -> Answer {
    let caller = proof.caller()?;
    let wanted = wire::changes(&body.fields()?)?;
    let change = integrations::change(&cx, &caller, wire::usual(&cx), wanted);
    let changed = Box::pin(change).await?;
    let settings = json!(Settings::of(&cx, changed.as_ref()));
    Ok(Json(wire::success(settings)))
}

/// Sets the bot up from its token: Telegram is asked whose it is, and told how it is listened to.
#[utoipa::path(
    post,
    path = "/api/integrations/telegram/setup",
    tag = "Telegram",
    operation_id = "telegram_setup",
    request_body(content = Setup),
    responses((status = 200, description = "`success`, `message`, `mode`, `botUsername`, `botLink`, `webhookUrl` and `settings`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn setup(State(cx): State<Context>, proof: Proof, body: JsonObject) -> Answer {
    let caller = proof.caller()?;
    let connection = wire::setup(&cx, &body.fields()?)?;
    let found = Box::pin(integrations::set_up(&cx, &caller, connection)).await?;
    Ok(Json(wire::connected(&cx, found.as_ref())))
}

/// Disconnects the bot and forgets its token.
#[utoipa::path(
    post,
    path = "/api/integrations/telegram/disconnect",
    tag = "Telegram",
    operation_id = "telegram_disconnect",
    responses((status = 200, description = "`success`, `message`, `webhookRemoved` and `settings`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn disconnect(State(cx): State<Context>, proof: Proof) -> Answer {
    let (found, told) = integrations::disconnect(&cx, &proof.caller()?, KIND).await?;
    Ok(Json(json!({
        "success": true,
        "message": "Telegram is disconnected.",
        "webhookRemoved": told,
        "settings": Settings::of(&cx, found.as_ref()),
    })))
}

/// Makes a code that lets one person in, and shows it this once.
#[utoipa::path(
    post,
    path = "/api/integrations/telegram/access-code",
    tag = "Telegram",
    operation_id = "telegram_access_code",
    request_body(content = NewCode),
    responses((status = 200, description = "`success`, `code`, `createdAt` and `expiresAt`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn access_code(
    State(cx): State<Context>,
    proof: Proof,
    body: JsonObject,
) -> Answer {
    let caller = proof.caller()?;
    let minutes = wire::minutes(body.object()?)?;
    let code = integrations::create_code(&cx, &caller, KIND, minutes).await?;
    Ok(Json(wire::code(&code)))
}

/// What Telegram says of the calls that it makes.
#[utoipa::path(
    get,
    path = "/api/integrations/telegram/webhook",
    tag = "Telegram",
    operation_id = "telegram_webhook",
    responses((status = 200, description = "`configured` and `webhook`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn webhook(State(cx): State<Context>, proof: Proof) -> Answer {
    let said = integrations::inspect(&cx, &proof.caller()?, KIND).await?;
    Ok(Json(wire::webhook(said.as_ref())))
}

/// Has Telegram call this host.
#[utoipa::path(
    post,
    path = "/api/integrations/telegram/webhook",
    tag = "Telegram",
    operation_id = "telegram_start_webhook",
    responses((status = 200, description = "`success`, `webhookUrl` and `message`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn start_webhook(State(cx): State<Context>, proof: Proof) -> Answer {
    let mode = wire::configuration(Mode::Webhook);
    let channel = integrations::listen(&cx, &proof.caller()?, KIND, mode).await?;
    let url = service::callback_url(&cx, &channel);
    Ok(Json(
        json!({ "success": true, "webhookUrl": url, "message": "Telegram calls this host from now on." }),
    ))
}

/// Has Telegram call this host no more: nothing listens to the bot until it is connected again.
#[utoipa::path(
    delete,
    path = "/api/integrations/telegram/webhook",
    tag = "Telegram",
    operation_id = "telegram_stop_webhook",
    responses((status = 200, description = "`success` and `message`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn stop_webhook(State(cx): State<Context>, proof: Proof) -> Answer {
    let mode = wire::configuration(Mode::Webhook);
    integrations::stop(&cx, &proof.caller()?, KIND, &mode).await?;
    Ok(Json(
        json!({ "success": true, "message": "Telegram does not call this host any more." }),
    ))
}

/// Whether the bot is polled.
#[utoipa::path(
    get,
    path = "/api/integrations/telegram/polling",
    tag = "Telegram",
    operation_id = "telegram_polling",
    responses((status = 200, description = "`polling` and `config`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn polling(State(cx): State<Context>, proof: Proof) -> Answer {
    let channel = service::integration(&cx, &proof.caller()?, KIND).await?;
    Ok(Json(wire::polling(channel.as_ref())))
}

/// Polls the bot from now on.
#[utoipa::path(
    post,
    path = "/api/integrations/telegram/polling",
    tag = "Telegram",
    operation_id = "telegram_start_polling",
    responses((status = 200, description = "`ok`, `message` and `polling`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn start_polling(State(cx): State<Context>, proof: Proof) -> Answer {
    let mode = wire::configuration(Mode::Polling);
    let channel = integrations::listen(&cx, &proof.caller()?, KIND, mode).await?;
    Ok(Json(
        json!({ "ok": true, "message": "Telegram is polled from now on.", "polling": wire::running(Some(&channel)) }),
    ))
}

/// Stops polling: nothing listens to the bot until it is connected again.
#[utoipa::path(
    delete,
    path = "/api/integrations/telegram/polling",
    tag = "Telegram",
    operation_id = "telegram_stop_polling",
    responses((status = 200, description = "`ok`, `message` and `polling`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn stop_polling(State(cx): State<Context>, proof: Proof) -> Answer {
    let mode = wire::configuration(Mode::Polling);
    let channel = integrations::stop(&cx, &proof.caller()?, KIND, &mode).await?;
    Ok(Json(
        json!({ "ok": true, "message": "Telegram is polled no more.", "polling": wire::running(Some(&channel)) }),
    ))
}
