//! "Send an inbound message" of the document.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;

use super::failure::Failure;
use super::wire::{self, Replies};
use crate::auth::presented;
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::inbound;

pub(super) async fn inbound(
    State(cx): State<Context>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: JsonObject,
) -> Result<Json<Replies>, Failure> {
    let channel = inbound::channel_of_key(&cx, &id, presented(&headers)?).await?;
    let said = wire::said(&body.fields()?)?;
    let answer = inbound::say(&cx, channel, said).await?;
    Ok(Json(Replies::of(answer)))
}
