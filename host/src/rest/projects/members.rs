//! The agents that work in a project: those that live in it, and those that were added.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::bodies::NewMember;
use super::failure::Failure;
use super::shown::{MemberList, OneMember};
use super::wire;
use crate::auth::Proof;
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::{project_agents, projects};

/// The agents that work in the project, its lead first.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/members",
    tag = "Projects",
    operation_id = "projects_members_list",
    params(("project" = String, Path, description = "The project's id or slug")),
    responses((status = 200, description = "The agents", body = MemberList), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
) -> Result<Json<MemberList>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let list = project_agents::list(&cx, &caller, found.id).await?;
    Ok(Json(MemberList::of(found.id, list)))
}

/// Has an agent work in the project, or gives one that does another role. One that lives in another project may answer on
/// this one's channels from then on, and stays where it lives.
#[utoipa::path(
    post,
    path = "/api/projects/{project}/members",
    tag = "Projects",
    operation_id = "projects_members_add",
    params(("project" = String, Path, description = "The project's id or slug")),
    request_body(content = NewMember),
    responses((status = 201, description = "As it is now", body = OneMember), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn add(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
    body: JsonObject,
) -> Result<(StatusCode, Json<OneMember>), Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let (agent, is_lead) = wire::new_member(&body.fields()?)?;
    let member = project_agents::add(&cx, &caller, found.id, &agent, is_lead).await?;
    Ok((StatusCode::CREATED, Json(OneMember::of(found.id, member))))
}

/// Takes an agent out that was added: it answers on none of the project's channels any more.
#[utoipa::path(
    delete,
    path = "/api/projects/{project}/members/{agent}",
    tag = "Projects",
    operation_id = "projects_members_remove",
    params(
        ("project" = String, Path, description = "The project's id or slug"),
        ("agent" = String, Path, description = "The agent's id")
    ),
    responses((status = 204, description = "It is out"), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn remove(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, agent)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let agent = wire::id("Member", &agent)?;
    project_agents::remove(&cx, &caller, found.id, agent).await?;
    Ok(StatusCode::NO_CONTENT)
}
