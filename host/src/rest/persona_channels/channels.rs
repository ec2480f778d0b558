//! "Channels": add, remove, pair.

use ::channels::{Kind, Secret};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::bodies::{Body, NewChannel, Pairing};
use super::failure::{Failure, validation};
use super::wire::PairedShown;
use crate::auth::Proof;
use crate::context::Context;
use crate::error::Error;
use crate::service::channels as service;
use crate::service::personas;

type Answer = Result<Json<Value>, Failure>;

/// Adds a channel to a persona, once its provider has said whose the token is. It listens to no one before it is paired.
#[utoipa::path(
    post,
    path = "/api/persona/{persona_id}/channels",
    tag = "Personas",
    operation_id = "persona_channels_add",
    params(("persona_id" = String, Path, description = "Her UUID", example = "6c17c83c-3158-450d-8e43-0e7efea717c1")),
    request_body(content = NewChannel),
    responses((status = 200, description = "`kind`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn add(
    State(cx): State<Context>,
    proof: Proof,
    Path(persona): Path<String>,
    body: Body,
) -> Answer {
    let caller = proof.caller()?;
    let mut body = body.read();
    let kind = body.text("kind");
    let mut credentials = body.object("credentials");
    let token = credentials.text("token");
    body.back(credentials);
    body.done()?;
    let found = personas::find(&cx, &caller, &persona).await?;
    let parsed = provider(&kind)?;
    let id = found.agent.id.to_string();
    personas::add_channel(&cx, &caller, &id, parsed, credential(&token)).await?;
    Ok(Json(json!({ "kind": kind })))
}

/// Removes the channel of this name; where there is none, there is nothing to do.
#[utoipa::path(
    delete,
    path = "/api/persona/{persona_id}/channels/{channel_name}",
    tag = "Personas",
    operation_id = "persona_channels_remove",
    params(
        ("persona_id" = String, Path, description = "Her UUID", example = "6c17c83c-3158-450d-8e43-0e7efea717c1"),
        ("channel_name" = String, Path, description = "The channel's name", example = "my_handle")
    ),
    responses((status = 200, description = "`removed`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn remove(
    State(cx): State<Context>,
    proof: Proof,
    Path((persona, name)): Path<(String, String)>,
) -> Answer {
    personas::remove_channel(&cx, &proof.caller()?, &persona, &name).await?;
    Ok(Json(json!({ "removed": name })))
}

/// Claims a code that she has shown on a channel: from then on she listens there to the account that was shown it.
#[utoipa::path(
    post,
    path = "/api/persona/{persona_id}/pair",
    tag = "Personas",
    operation_id = "persona_channels_pair",
    params(("persona_id" = String, Path, description = "Her UUID", example = "6c17c83c-3158-450d-8e43-0e7efea717c1")),
    request_body(content = Pairing),
    responses((status = 200, description = "The persona and the channel", body = PairedShown), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn pair(
    State(cx): State<Context>,
    proof: Proof,
    Path(persona): Path<String>,
    body: Body,
) -> Result<Json<PairedShown>, Failure> {
    let caller = proof.caller()?;
    let mut body = body.read();
    let code = body.text("code");
    body.done()?;
    let (persona, channel, at) = personas::pair(&cx, &caller, &persona, &code).await?;
    let masked = service::masked(&cx, &caller, &channel.id.public()).await?;
    let token = masked.get("bot_token").cloned().unwrap_or_default();
    Ok(Json(PairedShown::of(&persona, channel, at, token)))
}

/// The provider of a channel that a persona may have.
pub(super) fn provider(kind: &str) -> Result<Kind, Failure> {
    match kind.parse() {
        Ok(kind @ (Kind::Telegram | Kind::Discord)) => Ok(kind),
        _ => {
            let why = "the kind of a channel is `telegram` or `discord`";
            Err(validation(kind, Error::invalid("kind", why)))
        }
    }
}

/// A token as drivers read it.
pub(super) fn credential(token: &str) -> Secret<Value> {
    Secret::new(json!({ "bot_token": token }))
}
