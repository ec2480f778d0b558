//! The store of files: sealed bytes under names that it gives.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;

use super::Shared;

pub(super) async fn upload(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
    body: Bytes,
) -> Result<[(&'static str, String); 1], StatusCode> {
    let text = |name: &str| query.get(name).cloned().unwrap_or_default();
    let (param, key) = (text("encrypted_query_param"), text("filekey"));
    if param != format!("up-{key}") || body.is_empty() || !body.len().is_multiple_of(16) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let name = format!("down-{key}");
    let mut inner = shared.inner.lock().unwrap();
    inner.files.insert(name.clone(), body.to_vec());
    Ok([("x-encrypted-param", name)])
}

pub(super) async fn download(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Vec<u8>, StatusCode> {
    let name = query.get("encrypted_query_param");
    let inner = shared.inner.lock().unwrap();
    let file = name.and_then(|name| inner.files.get(name));
    file.cloned().ok_or(StatusCode::NOT_FOUND)
}
