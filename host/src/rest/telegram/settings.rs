//! The bot's settings: set up, look, change, disconnect, and codes for people.

use axum::Json;
use axum::extract::State;
use channels::Kind;
use channels::telegram::Mode;
use serde_json::{Value, json};
use store::channels::{Channel, ChannelStatus};

use super::bodies::{Changes, NewCode, Setup};
use super::failure::Failure;
use super::wire::{self, Settings};
use crate::auth::{Caller, Proof};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::request::body::JsonObject;
use crate::service::{access, channels as service};

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
    Ok(Json(json!(shown(&cx, &proof.caller()?).await?)))
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
    let channel = service::integration(&cx, &caller, Kind::Telegram).await?;
    if let Some(connection) = wire::connection(&cx, channel.as_ref(), &wanted) {
        service::connect(&cx, &caller, connection).await?;
    }
    if let Some(people) = wanted.allowed {
        access::allow_only(&cx, &caller, &bot(&cx, &caller).await?, people).await?;
    }
    if let Some(policy) = wanted.access {
        access::set_policy(&cx, &caller, &bot(&cx, &caller).await?, policy).await?;
    }
    let settings = json!(shown(&cx, &caller).await?);
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
    let channel = service::connect(&cx, &caller, connection).await?;
    let settings = shown(&cx, &caller).await?;
    Ok(Json(wire::connected(&cx, &channel, &settings)))
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
    let caller = proof.caller()?;
    let bot = bot(&cx, &caller).await?;
    let (_, told) = service::disconnect(&cx, &caller, &bot).await?;
    let settings = shown(&cx, &caller).await?;
    Ok(Json(json!({
        "success": true,
        "message": "Telegram is disconnected.",
        "webhookRemoved": told,
        "settings": settings,
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
    let bot = bot(&cx, &caller).await?;
    let code = access::create_code(&cx, &caller, &bot, minutes).await?;
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
    let caller = proof.caller()?;
    let said = match service::integration(&cx, &caller, Kind::Telegram).await? {
        Some(channel) => service::inspect(&cx, &caller, &service::public_id(channel.id)).await?,
        None => None,
    };
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
    let channel = listen(&cx, &proof.caller()?, Mode::Webhook).await?;
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
    stop(&cx, &proof.caller()?, Mode::Webhook).await?;
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
    let channel = service::integration(&cx, &proof.caller()?, Kind::Telegram).await?;
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
    let channel = listen(&cx, &proof.caller()?, Mode::Polling).await?;
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
    let channel = stop(&cx, &proof.caller()?, Mode::Polling).await?;
    Ok(Json(
        json!({ "ok": true, "message": "Telegram is polled no more.", "polling": wire::running(Some(&channel)) }),
    ))
}

/// The settings as they are.
async fn shown(cx: &Context, caller: &Caller) -> Result<Settings> {
    let Some(channel) = service::integration(cx, caller, Kind::Telegram).await? else {
        return Ok(Settings::none(cx));
    };
    let id = service::public_id(channel.id);
    let credential = service::masked(cx, caller, &id).await?;
    let admission = access::admission(cx, caller, &id).await?;
    Ok(Settings::of(cx, &channel, credential, admission))
}

/// The id of the bot's channel.
async fn bot(cx: &Context, caller: &Caller) -> Result<String> {
    let channel = service::integration(cx, caller, Kind::Telegram).await?;
    let channel = channel.ok_or_else(not_set_up)?;
    Ok(service::public_id(channel.id))
}

async fn listen(cx: &Context, caller: &Caller, mode: Mode) -> Result<Channel> {
    let bot = bot(cx, caller).await?;
    service::reconnect(cx, caller, &bot, wire::configuration(mode), None).await
}

async fn stop(cx: &Context, caller: &Caller, mode: Mode) -> Result<Channel> {
    let channel = service::integration(cx, caller, Kind::Telegram).await?;
    let channel = channel.ok_or_else(not_set_up)?;
    if wire::mode(&channel) != mode || channel.status == ChannelStatus::Disabled {
        let why = format!("{} is not running", mode.as_str());
        return Err(Error::conflict("Telegram", why));
    }
    service::silence(cx, caller, &service::public_id(channel.id)).await
}

fn not_set_up() -> Error {
    Error::invalid(
        "botToken",
        "no bot is set up; POST it to /api/integrations/telegram/setup first",
    )
}
