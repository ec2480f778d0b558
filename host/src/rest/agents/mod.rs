//! Agents for scripts and the command line: upload a module, start, stop, look, read the log. Errors are
//! `{"code": "…", "error": "…"}` under a fitting status.

mod failure;
mod wire;

use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};

use self::failure::Failure;
use self::wire::{AgentList, AgentShown, LogPage, LogShown, PushShown};
use crate::auth::Proof;
use crate::context::Context;
use crate::request::body;
use crate::service::agents;

type Answer<T> = Result<Json<T>, Failure>;

/// The routes.
pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/agents", get(list))
        .route("/api/agents/{name}", get(show))
        .route("/api/agents/{name}/module", put(push))
        .route("/api/agents/{name}/log", get(log))
        .route("/api/agents/{name}/start", post(start))
        .route("/api/agents/{name}/stop", post(stop))
        .route("/api/agents/{name}/restart", post(restart))
}

async fn list(State(cx): State<Context>, proof: Proof) -> Answer<AgentList> {
    let list = agents::list_default(&cx, &proof.caller()?).await?;
    Ok(Json(AgentList::of(list)))
}

async fn show(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
) -> Answer<AgentShown> {
    let agent = agents::find(&cx, &proof.caller()?, &name).await?;
    Ok(Json(AgentShown::of(agent)))
}

async fn push(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<PushShown>), Failure> {
    let caller = proof.caller()?;
    agents::may_push(&cx, &caller, &name).await?;
    let limit = usize::try_from(cx.config.limits.module_size).unwrap_or(usize::MAX);
    let module = body::read(request, limit).await?;
    let pushed = agents::push(&cx, &caller, &name, module.into()).await?;
    let status = if pushed.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(PushShown::of(pushed))))
}

async fn log(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
    Query(page): Query<LogPage>,
) -> Answer<LogShown> {
    let lines = agents::log(&cx, &proof.caller()?, &name, page.page()?).await?;
    Ok(Json(LogShown::of(lines)))
}

async fn start(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
) -> Answer<AgentShown> {
    let agent = agents::start(&cx, &proof.caller()?, &name).await?;
    Ok(Json(AgentShown::of(agent)))
}

async fn stop(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
) -> Answer<AgentShown> {
    let agent = agents::stop(&cx, &proof.caller()?, &name).await?;
    Ok(Json(AgentShown::of(agent)))
}

async fn restart(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
) -> Answer<AgentShown> {
    let agent = agents::restart(&cx, &proof.caller()?, &name).await?;
    Ok(Json(AgentShown::of(agent)))
}
