//! Where Telegram calls. What is answered says what came of the update; Telegram itself looks at the status alone.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method};
use channels::{Kind, telegram::SECRET_HEADER};
use serde_json::Value;
use store::channels::Channel;

use super::failure::Failure;
use super::wire;
use crate::context::Context;
use crate::hooks::callback;
use crate::service::calls;

/// Takes an update of the bot whose secret comes along.
#[utoipa::path(
    post,
    path = "/api/integrations/telegram",
    tag = "Telegram",
    operation_id = "telegram_called_by_secret",
    params(
        ("X-Telegram-Bot-Api-Secret-Token" = String, Header, description = "The secret that the webhook was set with")
    ),
    request_body(content = Value, description = "An `Update` of the Bot API"),
    responses((status = 200, description = "It is stored, or nothing for an agent: `ok`, and what came of it", body = Value), Failure)
)]
pub(super) async fn by_secret(
    State(cx): State<Context>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    let secret = headers.get(SECRET_HEADER);
    let secret = secret
        .and_then(|secret| secret.to_str().ok())
        .unwrap_or_default();
    let channel = calls::channel_of_secret(&cx, Kind::Telegram, secret).await?;
    taken(&cx, &channel, (&method, query, &headers, body)).await
}

/// Takes an update of one channel's bot.
#[utoipa::path(
    post,
    path = "/api/channels/{id}/telegram",
    tag = "Telegram",
    operation_id = "telegram_called_by_channel",
    params(
        ("id" = String, Path, description = "The channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6"),
        ("X-Telegram-Bot-Api-Secret-Token" = String, Header, description = "The secret that the webhook was set with")
    ),
    request_body(content = Value, description = "An `Update` of the Bot API"),
    responses((status = 200, description = "It is stored, or nothing for an agent: `ok`, and what came of it", body = Value), Failure)
)]
pub(super) async fn by_channel(
    State(cx): State<Context>,
    Path(id): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    let channel = calls::channel_of_kind(&cx, Kind::Telegram, &id).await?;
    taken(&cx, &channel, (&method, query, &headers, body)).await
}

async fn taken(
    cx: &Context,
    channel: &Channel,
    (method, query, headers, body): (&Method, Option<String>, &HeaderMap, Bytes),
) -> Result<Json<Value>, Failure> {
    let callback = callback(method, query, headers, body);
    let (answer, arrived) = calls::take(cx, channel, &callback).await?;
    Ok(Json(wire::taken(&answer, &arrived)))
}
