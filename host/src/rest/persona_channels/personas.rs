//! "Personas": list, create, update, delete, and talking to one.

use ::channels::Kind;
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Map, Value, json};
use store::modules::ModuleDigest;

use super::bodies::{Body, Changes, NewPersona as NewPersonaBody, Reading, Saying};
use super::channels::credential;
use super::failure::Failure;
use super::wire::{ConversationShown, PersonaShown, PersonasShown};
use crate::auth::Proof;
use crate::context::Context;
use crate::error::Error;
use crate::service::personas::{self, NewPersona};

type Answer = Result<Json<Value>, Failure>;

/// The personas of the caller's default project.
#[utoipa::path(
    get,
    path = "/api/personas",
    tag = "Personas",
    operation_id = "personas_list",
    responses((status = 200, description = "The personas", body = PersonasShown), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
) -> Result<Json<PersonasShown>, Failure> {
    let list = personas::list(&cx, &proof.caller()?).await?;
    let personas = list.iter().map(PersonaShown::of).collect();
    Ok(Json(PersonasShown { personas }))
}

/// Makes a persona and starts her. Tokens are validated before anything is stored.
#[utoipa::path(
    post,
    path = "/api/persona/create",
    tag = "Personas",
    operation_id = "personas_create",
    request_body(content = NewPersonaBody),
    responses((status = 200, description = "`persona`, and `recovery_phrase`, which is null: what is stored here is sealed by the host's key", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn create(State(cx): State<Context>, proof: Proof, body: Body) -> Answer {
    let caller = proof.caller()?;
    let new = new_persona(body.read())?;
    let persona = personas::create(&cx, &caller, new).await?;
    Ok(Json(json!({
        "persona": PersonaShown::of(&persona),
        "recovery_phrase": Value::Null,
    })))
}

/// Changes a persona: starts or stops her, or changes what she thinks with.
#[utoipa::path(
    post,
    path = "/api/persona/{persona_id}/update",
    tag = "Personas",
    operation_id = "personas_update",
    params(("persona_id" = String, Path, description = "Her UUID", example = "6c17c83c-3158-450d-8e43-0e7efea717c1")),
    request_body(content = Changes),
    responses((status = 200, description = "`status` and `running`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn update(
    State(cx): State<Context>,
    proof: Proof,
    Path(persona): Path<String>,
    body: Body,
) -> Answer {
    let caller = proof.caller()?;
    let mut body = body.read();
    let status = body.text_if_any("status");
    let thinking = body.object_if_any("thinking").map(|mut inner| {
        let thinking = model(&mut inner, ["model", "url", "provider"]);
        no_key(&mut inner, "api_key").map(|()| {
            body.back(inner);
            thinking
        })
    });
    let thinking = thinking.transpose()?;
    body.done()?;
    let found = personas::find(&cx, &caller, &persona).await?;
    let is_active = match status.as_deref() {
        None => found.is_running(),
        Some("active") => true,
        Some("hibernate" | "sick") => false,
        Some(_) => {
            let why = "Status must be one of: active, hibernate, sick.";
            return Err(Failure::with(Error::invalid("status", why), why));
        }
    };
    if let Some(thinking) = thinking {
        personas::think_with(&cx, &caller, &persona, thinking).await?;
    }
    match (is_active, found.is_running()) {
        (true, true) if status.is_some() => personas::restart(&cx, &caller, &persona).await?,
        (true, false) => {
            personas::start(&cx, &caller, &persona).await?;
        }
        (false, true) => personas::stop(&cx, &caller, &persona).await?,
        _ => {}
    }
    let shown = PersonaShown::of(&personas::find(&cx, &caller, &persona).await?);
    Ok(Json(
        json!({ "status": shown.status, "running": shown.running }),
    ))
}

/// Deletes a persona and her channels; what was said stays to be read.
#[utoipa::path(
    post,
    path = "/api/persona/{persona_id}/delete",
    tag = "Personas",
    operation_id = "personas_delete",
    params(("persona_id" = String, Path, description = "Her UUID", example = "6c17c83c-3158-450d-8e43-0e7efea717c1")),
    responses((status = 200, description = "`persona`, as she was", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn delete(
    State(cx): State<Context>,
    proof: Proof,
    Path(persona): Path<String>,
) -> Answer {
    let persona = personas::delete(&cx, &proof.caller()?, &persona).await?;
    Ok(Json(json!({ "persona": PersonaShown::of(&persona) })))
}

/// Says something to a persona. What she answers comes over `/ws/{persona_id}`.
#[utoipa::path(
    post,
    path = "/api/persona/{persona_id}/hear",
    tag = "Personas",
    operation_id = "personas_hear",
    params(("persona_id" = String, Path, description = "Her UUID", example = "6c17c83c-3158-450d-8e43-0e7efea717c1")),
    request_body(content = Saying),
    responses((status = 200, description = "`status`: `received`", body = Value), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn hear(
    State(cx): State<Context>,
    proof: Proof,
    Path(persona): Path<String>,
    body: Body,
) -> Answer {
    let caller = proof.caller()?;
    let mut body = body.read();
    let message = body.text("message");
    body.done()?;
    personas::hear(&cx, &caller, &persona, &message).await?;
    Ok(Json(json!({ "status": "received" })))
}

/// What was said to a persona and by her, on all of her channels, oldest first.
#[utoipa::path(
    get,
    path = "/api/persona/{persona_id}/conversation",
    tag = "Personas",
    operation_id = "personas_conversation",
    params(("persona_id" = String, Path, description = "Her UUID", example = "6c17c83c-3158-450d-8e43-0e7efea717c1")),
    responses((status = 200, description = "The newest 500 messages", body = ConversationShown), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn conversation(
    State(cx): State<Context>,
    proof: Proof,
    Path(persona): Path<String>,
) -> Result<Json<ConversationShown>, Failure> {
    let entries = personas::conversation(&cx, &proof.caller()?, &persona).await?;
    Ok(Json(ConversationShown::of(entries)))
}

fn new_persona(mut body: Reading) -> Result<NewPersona, Failure> {
    let name = body.text("name");
    body.text("thinking_model");
    let thinking = model(
        &mut body,
        ["thinking_model", "thinking_url", "thinking_provider"],
    );
    for key in ["thinking_api_key", "vision_api_key", "frontier_api_key"] {
        no_key(&mut body, key)?;
    }
    let module = body.text_if_any("module");
    let tokens = [
        (Kind::Telegram, body.text_if_any("telegram_token")),
        (Kind::Discord, body.text_if_any("discord_token")),
    ];
    body.done()?;
    let module = module.map(|module| module.parse::<ModuleDigest>());
    let module = module.transpose().map_err(|_| {
        Error::invalid("module", "must be a module's digest: 64 hexadecimal digits")
    })?;
    let channels = tokens
        .into_iter()
        .filter_map(|(kind, token)| Some((kind, credential(&token?))));
    Ok(NewPersona {
        name,
        module,
        thinking,
        channels: channels.collect(),
    })
}

/// `{name, url, provider}` of what is there of them.
fn model(body: &mut Reading, fields: [&str; 3]) -> Value {
    let names = ["name", "url", "provider"];
    let told = names
        .into_iter()
        .zip(fields)
        .filter_map(|(name, field)| Some((name.to_owned(), json!(body.text_if_any(field)?))));
    Value::Object(told.collect::<Map<_, _>>())
}

/// Keys of models would stand in the agent's configuration, where anyone who may see the agent could read them.
fn no_key(body: &mut Reading, field: &str) -> Result<(), Failure> {
    match body.text_if_any(field) {
        None => Ok(()),
        Some(_) => {
            let why = "this host keeps no keys of models with a persona; leave it out";
            Err(Error::invalid(field, why).into())
        }
    }
}
