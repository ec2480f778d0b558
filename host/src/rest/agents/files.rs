//! The files of an agent, by their paths.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use store::files::File;
use store::page::{Listed, Stretch};
use utoipa::{IntoParams, ToSchema};

use super::Answer;
use super::failure::Failure;
use super::wire::time;
use crate::auth::Proof;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::request::{download, spool};
use crate::service::workspaces;

/// Files of a page at most.
const MOST: u32 = 1_000;

/// The files of an agent whose paths begin with a prefix, in the order of their paths.
#[utoipa::path(
    get,
    path = "/api/agents/{name}/files",
    tag = "Agents",
    operation_id = "agents_files",
    params(("name" = String, Path, description = "The agent's name or id", example = "hello"), FilesPage),
    responses((status = 200, description = "A page of the files", body = FileList), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn list(
    State(cx): State<Context>,
    proof: Proof,
    Path(name): Path<String>,
    page: Result<Query<FilesPage>, QueryRejection>,
) -> Answer<FileList> {
    let caller = proof.caller()?;
    let Query(page) = page.map_err(|wrong| Error::invalid("query", wrong.body_text()))?;
    let prefix = page.prefix.clone().unwrap_or_default();
    let files = workspaces::list(&cx, &caller, &name, &prefix, &page.stretch()?).await?;
    Ok(Json(FileList::of(files)))
}

/// What is in a file.
#[utoipa::path(
    get,
    path = "/api/agents/{name}/files/{path}",
    tag = "Agents",
    operation_id = "agents_file",
    params(("name" = String, Path, description = "The agent's name or id", example = "hello"), ("path" = String, Path, description = "The file's path, slashes and all", example = "reports/may.csv")),
    responses((status = 200, description = "The file, to be saved", content_type = "application/octet-stream", body = Vec<u8>), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn read(
    State(cx): State<Context>,
    proof: Proof,
    Path((name, path)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let file = workspaces::read(&cx, &proof.caller()?, &name, &path).await?;
    let called = path.rsplit('/').next().unwrap_or_default();
    Ok(download(called, &file.content_type, file.bytes))
}

/// Makes a file, or replaces what is in one.
#[utoipa::path(
    put,
    path = "/api/agents/{name}/files/{path}",
    tag = "Agents",
    operation_id = "agents_write_file",
    params(("name" = String, Path, description = "The agent's name or id", example = "hello"), ("path" = String, Path, description = "The file's path, slashes and all", example = "reports/may.csv")),
    request_body(description = "What is to be in it; its media type is kept", content((Vec<u8> = "application/octet-stream"))),
    responses((status = 200, description = "The file as it is now", body = FileShown), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn write(
    State(cx): State<Context>,
    proof: Proof,
    Path((name, path)): Path<(String, String)>,
    headers: HeaderMap,
    request: Request,
) -> Answer<FileShown> {
    let caller = proof.caller()?;
    workspaces::may_write(&cx, &caller, &name).await?;
    let (folder, limit) = (&cx.config.place.data_dir, cx.config.limits.file_size);
    let spooled = spool::body(folder, request.into_body(), limit).await?;
    let bytes = spooled.bytes().await?;
    let kind = given_type(&headers)?;
    let file = workspaces::write(&cx, &caller, &name, &path, &bytes, kind).await?;
    Ok(Json(FileShown::of(file)))
}

/// Deletes a file.
#[utoipa::path(
    delete,
    path = "/api/agents/{name}/files/{path}",
    tag = "Agents",
    operation_id = "agents_delete_file",
    params(("name" = String, Path, description = "The agent's name or id", example = "hello"), ("path" = String, Path, description = "The file's path, slashes and all", example = "reports/may.csv")),
    responses((status = 204, description = "It is gone"), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn delete(
    State(cx): State<Context>,
    proof: Proof,
    Path((name, path)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    workspaces::delete(&cx, &proof.caller()?, &name, &path).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The media type of a body, unless it says nothing: clients send these where they know none.
fn given_type(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(given) = headers.get(CONTENT_TYPE) else {
        return Ok(None);
    };
    let wrong = |_| Error::invalid("content-type", "is not text");
    let given = given.to_str().map_err(wrong)?;
    let says_nothing = [workspaces::ANY_TYPE, "application/x-www-form-urlencoded"];
    Ok(Some(given).filter(|given| !says_nothing.contains(given)))
}

/// Which stretch of the files: `?prefix=reports/&limit=100&after=reports/may.csv`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FilesPage {
    /// What their paths begin with.
    prefix: Option<String>,
    // Read by hand, so that a wrong one is told by its name.
    /// Files of the page; 100 where nothing is said, and 1,000 at most.
    #[param(value_type = Option<u32>, minimum = 1)]
    limit: Option<String>,
    /// The path of the last file of the page before.
    after: Option<String>,
}

impl FilesPage {
    fn stretch(self) -> Result<Stretch<store::files::FilePath>> {
        let limit = self.limit.map(|limit| limit.parse()).transpose();
        let limit: Option<u32> = limit.map_err(|_| Error::invalid("limit", "must be a number"))?;
        let after = self.after.map(|path| workspaces::path("after", &path));
        Ok(Stretch {
            after: after.transpose()?,
            ..Stretch::first(limit.unwrap_or(100).clamp(1, MOST))
        })
    }
}

/// Files, in the order of their paths.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = agents::FileList)]
pub(super) struct FileList {
    files: Vec<FileShown>,
    /// Whether there are more behind them.
    has_more: bool,
}

impl FileList {
    fn of(list: Listed<File>) -> Self {
        Self {
            has_more: list.has_next,
            files: list.rows.into_iter().map(FileShown::of).collect(),
        }
    }
}

/// A file of an agent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = agents::File)]
pub(super) struct FileShown {
    #[schema(example = "reports/may.csv")]
    path: String,
    /// Bytes.
    size: i64,
    #[schema(example = "text/csv")]
    content_type: String,
    /// SHA-256 of what is in it, in hexadecimal digits.
    #[schema(required)]
    sha256: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    updated_at: String,
}

impl FileShown {
    fn of(file: File) -> Self {
        Self {
            path: file.path.to_string(),
            size: file.size,
            content_type: file.content_type,
            sha256: file.digest.map(|digest| digest.to_string()),
            created_at: time(file.created_at),
            updated_at: time(file.updated_at),
        }
    }
}
