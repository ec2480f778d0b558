//! The people who are in a project.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;

use super::access::{HumanList, OneHuman};
use super::bodies::HumanChanges;
use super::failure::Failure;
use super::wire::{self, Stretch};
use crate::auth::Proof;
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::{members, projects, users};

/// The people who are in the project, in the order of their accounts.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/humans",
    tag = "Projects",
    operation_id = "projects_humans_list",
    params(("project" = String, Path, description = "The project's id or slug"), Stretch),
    responses((status = 200, description = "The people", body = HumanList), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
    stretch: Result<Query<Stretch>, QueryRejection>,
) -> Result<Json<HumanList>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let stretch = Stretch::of(stretch)?.read()?;
    let listed = members::stretch(&cx, &caller, found.id, &stretch).await?;
    let ids: Vec<_> = listed.rows.iter().map(|member| member.user_id).collect();
    let reach = caller.reach(&cx).await?;
    let people = users::find_many(&cx, &reach, &ids).await?;
    Ok(Json(HumanList::of(listed, &people)))
}

/// Gives someone another role.
#[utoipa::path(
    patch,
    path = "/api/projects/{project}/humans/{user}",
    tag = "Projects",
    operation_id = "projects_humans_change",
    params(
        ("project" = String, Path, description = "The project's id or slug"),
        ("user" = String, Path, description = "The person's id")
    ),
    request_body(content = HumanChanges),
    responses((status = 200, description = "As it is now", body = OneHuman), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn change(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, user)): Path<(String, String)>,
    body: JsonObject,
) -> Result<Json<OneHuman>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let user = wire::id("Member", &user)?;
    let role = wire::role(&body.fields()?)?;
    let role = role.ok_or_else(wire::no_role)?;
    let (member, user) = members::set_role(&cx, &caller, found.id, user, role).await?;
    Ok(Json(OneHuman::of(&member, &user)))
}

/// Takes someone out of the project, and ends the keys that they made there. Anyone may leave by themselves.
#[utoipa::path(
    delete,
    path = "/api/projects/{project}/humans/{user}",
    tag = "Projects",
    operation_id = "projects_humans_remove",
    params(
        ("project" = String, Path, description = "The project's id or slug"),
        ("user" = String, Path, description = "The person's id")
    ),
    responses((status = 204, description = "They are out"), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn remove(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, user)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    members::remove(&cx, &caller, found.id, wire::id("Member", &user)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
