//! Conversations of a project, on all its channels; people begin some by themselves, with an agent of the project.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;

use super::bodies::{ConversationChanges, NewConversation};
use super::failure::Failure;
use super::shown::{ConversationList, OneConversation};
use super::wire::{self, Stretch};
use crate::auth::Proof;
use crate::context::Context;
use crate::request::body::JsonObject;
use crate::service::{consoles, projects};

/// The conversations that go on in the project, the newest first.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/conversations",
    tag = "Projects",
    operation_id = "projects_conversations_list",
    params(("project" = String, Path, description = "The project's id or slug"), Stretch),
    responses((status = 200, description = "The conversations", body = ConversationList), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
    stretch: Result<Query<Stretch>, QueryRejection>,
) -> Result<Json<ConversationList>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let stretch = Stretch::of(stretch)?.read()?;
    let listed = consoles::of_project(&cx, &caller, found.id, &stretch).await?;
    Ok(Json(ConversationList::of(found.id, listed)))
}

/// Begins a conversation of the caller with an agent that lives in the project; it goes on at the agent's live page.
#[utoipa::path(
    post,
    path = "/api/projects/{project}/conversations",
    tag = "Projects",
    operation_id = "projects_conversations_create",
    params(("project" = String, Path, description = "The project's id or slug")),
    request_body(content = NewConversation),
    responses((status = 201, description = "The conversation", body = OneConversation), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn create(
    State(cx): State<Context>,
    proof: Proof,
    Path(project): Path<String>,
    body: JsonObject,
) -> Result<(StatusCode, Json<OneConversation>), Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let (agent, title) = wire::new_conversation(&body.fields()?)?;
    let (agent, title) = (agent.as_deref(), title.as_deref());
    let begun = consoles::begin(&cx, &caller, &found, agent, title).await?;
    let shown = OneConversation::of(found.id, begun);
    Ok((StatusCode::CREATED, Json(shown)))
}

/// One conversation.
#[utoipa::path(
    get,
    path = "/api/projects/{project}/conversations/{conversation}",
    tag = "Projects",
    operation_id = "projects_conversations_show",
    params(
        ("project" = String, Path, description = "The project's id or slug"),
        ("conversation" = String, Path, description = "The conversation's id")
    ),
    responses((status = 200, description = "The conversation", body = OneConversation), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn show(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, conversation)): Path<(String, String)>,
) -> Result<Json<OneConversation>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let id = wire::id("Conversation", &conversation)?;
    let shown = consoles::in_project(&cx, &caller, found.id, id).await?;
    Ok(Json(OneConversation::of(found.id, (*shown).clone())))
}

/// Gives a conversation that someone began by themselves another title.
#[utoipa::path(
    patch,
    path = "/api/projects/{project}/conversations/{conversation}",
    tag = "Projects",
    operation_id = "projects_conversations_change",
    params(
        ("project" = String, Path, description = "The project's id or slug"),
        ("conversation" = String, Path, description = "The conversation's id")
    ),
    request_body(content = ConversationChanges),
    responses((status = 200, description = "As it is now", body = OneConversation), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn change(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, conversation)): Path<(String, String)>,
    body: JsonObject,
) -> Result<Json<OneConversation>, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let id = wire::id("Conversation", &conversation)?;
    let title = wire::title(&body.fields()?)?;
    let changed = consoles::rename(&cx, &caller, found.id, id, title.as_deref()).await?;
    Ok(Json(OneConversation::of(found.id, changed)))
}

/// Ends a conversation that someone began by themselves: it is in no list any more, and what was said in it stays.
#[utoipa::path(
    delete,
    path = "/api/projects/{project}/conversations/{conversation}",
    tag = "Projects",
    operation_id = "projects_conversations_delete",
    params(
        ("project" = String, Path, description = "The project's id or slug"),
        ("conversation" = String, Path, description = "The conversation's id")
    ),
    responses((status = 204, description = "It has ended"), Failure),
    security(("session_token" = []), ("token" = []), ("session" = []))
)]
pub(super) async fn delete(
    State(cx): State<Context>,
    proof: Proof,
    Path((project, conversation)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    let caller = proof.caller()?;
    let found = projects::find(&cx, &caller, &project).await?;
    let id = wire::id("Conversation", &conversation)?;
    consoles::end(&cx, &caller, found.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
