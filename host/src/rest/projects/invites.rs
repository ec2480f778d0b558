//! Invites: each is for one address, works once, and its link is shown where it is made and never again.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;

use super::access::{InviteList, InviteMade};
use super::bodies::NewInvite;
use super::failure::Failure;
use super::wire::{self, Stretch};
use crate::auth::Proof;
use crate::context::Context;
use crate::error::Error;
use crate::request::body::JsonObject;
use crate::service::{invites, projects};

/// The invites to the project, open or not, oldest first.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/invites",
    tag = "Projects",
    operation_id = "projects_invites_list",
    params(("project" = String, Path, description = "The project's id or slug"), Stretch),
    responses((status = 200, description = "The invites", body = InviteList), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
    stretch: Result<Query<Stretch>, QueryRejection>,
) -> Result<Json<InviteList>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let stretch = Stretch::of(stretch)?.read()?;
    let listed = invites::stretch(&cx, &caller, found.id, &stretch).await?;
    Ok(Json(InviteList::of(listed)))
}

/// Offers a role in the project to an address. The link is shown now and never again.
#[utoipa::path(
    post,
    path = "/api/projects/{project}/invites",
    tag = "Projects",
    operation_id = "projects_invites_create",
    params(("project" = String, Path, description = "The project's id or slug")),
    request_body(content = NewInvite),
    responses((status = 201, description = "The invite and its link", body = InviteMade), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn create(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
    body: JsonObject,
) -> Result<(StatusCode, Json<InviteMade>), Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let wanted = wire::new_invite(&body.fields()?)?;
    let made = invites::create(&cx, &caller, found.id, wanted).await?;
    Ok((StatusCode::CREATED, Json(InviteMade::of(made))))
}

/// Withdraws an open invite.
#[utoipa::path(
    delete,
    path = "/api/projects/{project}/invites/{invite}",
    tag = "Projects",
    operation_id = "projects_invites_revoke",
    params(
        ("project" = String, Path, description = "The project's id or slug"),
        ("invite" = String, Path, description = "The invite's id")
    ),
    responses((status = 204, description = "It is worth nothing any more"), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn revoke(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, invite)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let id = wire::id("Invite", &invite)?;
    if invites::find(&cx, &caller, id).await?.project_id != found.id {
        return Err(Error::not_found("Invite", &invite).into());
    }
    invites::revoke(&cx, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
