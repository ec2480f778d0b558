//! Agents for scripts and the command line: upload a module, start, stop, look, read the log. Errors are
//! `{"code": "…", "error": "…"}` under a fitting status.

mod failure;
mod files;
mod wire;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use utoipa::OpenApi;

use self::failure::Failure;
use self::wire::{AgentList, AgentShown, LogPage, LogShown, PushShown};
use crate::auth::Proof;
use crate::context::Context;
use crate::error::Error;
use crate::request::spool;
use crate::service::agents;

type Answer<T> = Result<Json<T>, Failure>;

/// The routes, described.
#[derive(OpenApi)]
#[openapi(
    paths(
        list, show, push, log, start, stop, restart, files::list, files::read, files::write, files::delete
    ),
    components(schemas(crate::openapi::Problem)),
    tags((name = "Agents", description = "Agents for scripts: upload, start, stop, look, read the log; their files."))
)]
pub(super) struct Description;

/// The routes.
pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/agents", get(list))
        .route("/api/agents/{name}", get(show))
        .route("/api/agents/{name}/module", put(push))
        .route("/api/agents/{name}/log", get(log))
        .route("/api/agents/{name}/files", get(files::list))
        .route(
            "/api/agents/{name}/files/{*path}",
            get(files::read).put(files::write).delete(files::delete),
        )
        .route("/api/agents/{name}/start", post(start))
        .route("/api/agents/{name}/stop", post(stop))
        .route("/api/agents/{name}/restart", post(restart))
}

/// The agents of the caller's default project.
#[utoipa::path(
    get,
    path = "/api/agents",
    tag = "Agents",
    operation_id = "agents_list",
    responses((status = 200, description = "The agents", body = AgentList), Failure),
    security(("token" = []), ("session" = []))
)]
async fn list(State(cx): State<Context>, proof: Proof) -> Answer<AgentList> {
    let list = agents::list_default(&cx, &proof.caller()?).await?;
    Ok(Json(AgentList::of(list)))
}

/// One agent.
#[utoipa::path(
    get,
    path = "/api/agents/{name}",
    tag = "Agents",
    operation_id = "agents_show",
    params(("name" = String, Path, description = "The agent's name or id", example = "hello")),
    responses((status = 200, description = "The agent", body = AgentShown), Failure),
    security(("token" = []), ("session" = []))
)]
async fn show(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
) -> Answer<AgentShown> {
    let agent = agents::find(&cx, &proof.caller()?, &name).await?;
    Ok(Json(AgentShown::of(agent)))
}

/// Uploads a module for an agent, which is made if there is none of this name, and starts it.
#[utoipa::path(
    put,
    path = "/api/agents/{name}/module",
    tag = "Agents",
    operation_id = "agents_push",
    params(("name" = String, Path, description = "The agent's name or id", example = "hello")),
    request_body(
        description = "A component, or a core module that carries its type",
        content((Vec<u8> = "application/wasm"), (Vec<u8> = "application/octet-stream"))
    ),
    responses((status = 200, description = "The agent, which was there before", body = PushShown), (status = 201, description = "The agent, which is new", body = PushShown), Failure),
    security(("token" = []), ("session" = []))
)]
async fn push(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<PushShown>), Failure> {
    let caller = proof.caller()?;
    agents::may_push(&cx, &caller, &name).await?;
    let (folder, limit) = (&cx.config.place.data_dir, cx.config.limits.module_size);
    let module = spool::body(folder, request.into_body(), limit).await?;
    let pushed = agents::push(&cx, &caller, &name, module.module().await?).await?;
    let status = if pushed.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(PushShown::of(pushed))))
}

/// What the agent wrote down, the newest line first.
#[utoipa::path(
    get,
    path = "/api/agents/{name}/log",
    tag = "Agents",
    operation_id = "agents_log",
    params(("name" = String, Path, description = "The agent's name or id", example = "hello"), LogPage),
    responses((status = 200, description = "A page of the log", body = LogShown), Failure),
    security(("token" = []), ("session" = []))
)]
async fn log(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
    page: Result<Query<LogPage>, QueryRejection>,
) -> Answer<LogShown> {
    let caller = proof.caller()?;
    let page = page.map_err(|wrong| Error::invalid("query", wrong.body_text()))?;
    let lines = agents::log(&cx, &caller, &name, page.0.page()?).await?;
    Ok(Json(LogShown::of(lines)))
}

/// Starts an agent; messages that waited for it are answered.
#[utoipa::path(
    post,
    path = "/api/agents/{name}/start",
    tag = "Agents",
    operation_id = "agents_start",
    params(("name" = String, Path, description = "The agent's name or id", example = "hello")),
    responses((status = 200, description = "The agent as it is now", body = AgentShown), Failure),
    security(("token" = []), ("session" = []))
)]
async fn start(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
) -> Answer<AgentShown> {
    let agent = agents::start(&cx, &proof.caller()?, &name).await?;
    Ok(Json(AgentShown::of(agent)))
}

/// Stops an agent; messages wait for it.
#[utoipa::path(
    post,
    path = "/api/agents/{name}/stop",
    tag = "Agents",
    operation_id = "agents_stop",
    params(("name" = String, Path, description = "The agent's name or id", example = "hello")),
    responses((status = 200, description = "The agent as it is now", body = AgentShown), Failure),
    security(("token" = []), ("session" = []))
)]
async fn stop(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
) -> Answer<AgentShown> {
    let agent = agents::stop(&cx, &proof.caller()?, &name).await?;
    Ok(Json(AgentShown::of(agent)))
}

/// Stops an agent and starts it again.
#[utoipa::path(
    post,
    path = "/api/agents/{name}/restart",
    tag = "Agents",
    operation_id = "agents_restart",
    params(("name" = String, Path, description = "The agent's name or id", example = "hello")),
    responses((status = 200, description = "The agent as it is now", body = AgentShown), Failure),
    security(("token" = []), ("session" = []))
)]
async fn restart(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
) -> Answer<AgentShown> {
    let agent = agents::restart(&cx, &proof.caller()?, &name).await?;
    Ok(Json(AgentShown::of(agent)))
}
