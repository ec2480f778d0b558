//! Files that messages were sent with, for those who got a link to one.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

use super::failure::Failure;
use crate::context::Context;
use crate::request::download;
use crate::service::workspaces;

pub(super) fn routes() -> Router<Context> {
    Router::new().route("/files/{token}/{name}", get(follow))
}

/// What a link leads to. Its name is what the receiver calls it: the token alone says what it is.
async fn follow(
    State(cx): State<Context>,
    Path((token, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let file = workspaces::follow(&cx, &token).await?;
    Ok(download(&name, &file.content_type, file.bytes))
}
