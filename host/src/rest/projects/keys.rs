//! Keys of the project (`jg_p_…`) and of its agents (`jg_a_…`): what is kept of one is its SHA-256.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;

use super::access::{KeyList, KeyMade};
use super::bodies::NewKey;
use super::failure::Failure;
use super::wire::{self, KeyFor, Stretch};
use crate::auth::Proof;
use crate::context::Context;
use crate::error::Error;
use crate::request::body::JsonObject;
use crate::service::{agents, api_keys, projects};

/// The keys of the project, of its agents and of its channels, those that have ended among them, oldest first.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/api-keys",
    tag = "Projects",
    operation_id = "projects_keys_list",
    params(("project" = String, Path, description = "The project's id or slug"), Stretch),
    responses((status = 200, description = "The keys, without their texts", body = KeyList), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
    stretch: Result<Query<Stretch>, QueryRejection>,
) -> Result<Json<KeyList>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let stretch = Stretch::of(stretch)?.read()?;
    let listed = api_keys::stretch(&cx, &caller, found.id, &stretch).await?;
    Ok(Json(KeyList::of(listed)))
}

/// Makes a key of the project, or of an agent of it. Its text is shown now and never again.
#[utoipa::path(
    post,
    path = "/api/projects/{project}/api-keys",
    tag = "Projects",
    operation_id = "projects_keys_create",
    params(("project" = String, Path, description = "The project's id or slug")),
    request_body(content = NewKey),
    responses((status = 201, description = "The key and its text", body = KeyMade), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn create(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
    body: JsonObject,
) -> Result<(StatusCode, Json<KeyMade>), Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let (whose, wanted) = wire::new_key(&body.fields()?)?;
    let made = match whose {
        KeyFor::Project(role) => {
            api_keys::create_for_project(&cx, &caller, found.id, role, wanted).await?
        }
        KeyFor::Agent(id) => {
            let nobody = || Error::invalid("agent_id", "is no agent that lives in this project");
            let agent = agents::find(&cx, &caller, &id).await;
            let agent = agent.ok().filter(|agent| agent.project_id == found.id);
            let agent = agent.ok_or_else(nobody)?;
            api_keys::create_for_agent(&cx, &caller, agent.id, wanted).await?
        }
    };
    Ok((StatusCode::CREATED, Json(KeyMade::of(made))))
}

/// Ends a key at once.
#[utoipa::path(
    delete,
    path = "/api/projects/{project}/api-keys/{key}",
    tag = "Projects",
    operation_id = "projects_keys_revoke",
    params(
        ("project" = String, Path, description = "The project's id or slug"),
        ("key" = String, Path, description = "The key's id")
    ),
    responses((status = 204, description = "It is worth nothing any more"), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn revoke(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, key)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    api_keys::revoke_in(&cx, &caller, found.id, wire::id("Key", &key)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
