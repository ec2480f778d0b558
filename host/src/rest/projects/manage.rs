//! Projects themselves.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;

use super::bodies::{NewProject, ProjectChanges};
use super::failure::Failure;
use super::shown::{OneProject, ProjectList};
use super::wire::{self, Stretch};
use crate::auth::Proof;
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::projects;

/// The projects that the caller may see, oldest first.
#[utoipa::path(
    get,
    path = "/api/projects",
    tag = "Projects",
    operation_id = "projects_list",
    params(Stretch),
    responses((status = 200, description = "The projects", body = ProjectList), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
    stretch: Result<Query<Stretch>, QueryRejection>,
) -> Result<Json<ProjectList>, Failure> {
    let caller = proof.caller()?;
    let stretch = Stretch::of(stretch)?.read()?;
    let listed = projects::stretch(&cx, &caller, &stretch).await?;
    Ok(Json(ProjectList::of(listed)))
}

/// Makes a project, of which the caller is the owner.
#[utoipa::path(
    post,
    path = "/api/projects",
    tag = "Projects",
    operation_id = "projects_create",
    request_body(content = NewProject),
    responses((status = 201, description = "The project", body = OneProject), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn create(
    State(cx): State<Context>,
    proof: Proof,
    body: JsonObject,
) -> Result<(StatusCode, Json<OneProject>), Failure> {
    let caller = proof.caller()?;
    let new = wire::new_project(&body.fields()?)?;
    let made = projects::create(&cx, &caller, new).await?;
    Ok((StatusCode::CREATED, Json(OneProject::of(made))))
}

/// One project.
#[utoipa::path(
    get,
    path = "/api/projects/{project}",
    tag = "Projects",
    operation_id = "projects_show",
    params(("project" = String, Path, description = "The project's id or slug")),
    responses((status = 200, description = "The project", body = OneProject), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn show(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
) -> Result<Json<OneProject>, Failure> {
    let found = projects::find(&cx, &proof.caller()?, &project).await?;
    Ok(Json(OneProject::of(found)))
}

/// Changes a project's name, slug or primary agent.
#[utoipa::path(
    patch,
    path = "/api/projects/{project}",
    tag = "Projects",
    operation_id = "projects_change",
    params(("project" = String, Path, description = "The project's id or slug")),
    request_body(content = ProjectChanges),
    responses((status = 200, description = "The project as it is now", body = OneProject), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn change(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
    body: JsonObject,
) -> Result<Json<OneProject>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let changes = wire::project_changes(body.object()?)?;
    let changed = projects::update(&cx, &caller, found.id, changes).await?;
    Ok(Json(OneProject::of(changed)))
}

/// Deletes a project: its agents stop, its channels and keys end; what was said stays.
#[utoipa::path(
    delete,
    path = "/api/projects/{project}",
    tag = "Projects",
    operation_id = "projects_delete",
    params(("project" = String, Path, description = "The project's id or slug")),
    responses((status = 204, description = "It is gone"), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn delete(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
) -> Result<StatusCode, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    projects::delete(&cx, &caller, found.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
