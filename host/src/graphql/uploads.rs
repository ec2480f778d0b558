//! Uploads, by the GraphQL multipart request specification: `operations`, `map`, then the files, each written to disk and
//! hashed as it comes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_graphql::{Request, Upload, UploadValue};
use axum::body::Body;
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::failure;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::request::body::JSON_LIMIT;
use crate::request::spool::{self, Spooled};
use crate::service::modules;

/// Files of one request.
const FILES: usize = 4;

/// The files of a request, by the number of their upload.
#[derive(Default)]
struct Files(Mutex<HashMap<usize, Spooled>>);

/// The module that an upload brought.
pub(super) async fn uploaded(
    context: &async_graphql::Context<'_>,
    upload: Upload,
) -> async_graphql::Result<modules::Upload> {
    taken(context, upload)?
        .module()
        .await
        .map_err(failure::told)
}

/// The bytes that an upload brought.
pub(super) async fn uploaded_bytes(
    context: &async_graphql::Context<'_>,
    upload: Upload,
) -> async_graphql::Result<Vec<u8>> {
    taken(context, upload)?.bytes().await.map_err(failure::told)
}

fn taken(context: &async_graphql::Context<'_>, upload: Upload) -> async_graphql::Result<Spooled> {
    let missing = || {
        let why = "is not there, or was used already: each file goes to one place";
        failure::told(Error::invalid("file", why))
    };
    let files = context.data_opt::<Files>().ok_or_else(missing)?;
    let file = {
        let mut files = files.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.remove(&upload.0)
    };
    file.ok_or_else(missing)
}

/// Reads a multipart request, its files and all.
pub(super) async fn receive(cx: &Context, content_type: &str, body: Body) -> Result<Request> {
    let boundary = multer::parse_boundary(content_type);
    let boundary = boundary.map_err(|_| Error::invalid("content-type", "names no boundary"))?;
    let limits = &cx.config.limits;
    let limit = limits.module_size.max(limits.file_size);
    let small = JSON_LIMIT as u64;
    let sizes = SizeLimit::new()
        .for_field("operations", small)
        .for_field("map", small)
        .whole_stream((limit + small).saturating_mul(FILES as u64));
    let constraints = Constraints::new().size_limit(sizes);
    let stream = body.into_data_stream();
    let mut parts = Multipart::with_constraints(stream, boundary, constraints);

    let operations = text(&mut parts, "operations").await?;
    let mut request: Request = serde_json::from_str(&operations)
        .map_err(|error| Error::invalid("operations", format!("is no GraphQL request: {error}")))?;
    let map = text(&mut parts, "map").await?;
    let mut map: HashMap<String, Vec<String>> = serde_json::from_str(&map).map_err(|error| {
        Error::invalid("map", format!("is not a map of files to paths: {error}"))
    })?;
    if map.len() > FILES {
        return Err(Error::invalid(
            "map",
            format!("has more than {FILES} files"),
        ));
    }
    let mut files = HashMap::new();
    while let Some(part) = parts.next_field().await.map_err(wrong)? {
        let name = part.name().unwrap_or_default().to_owned();
        let path = match map.remove(&name).as_deref() {
            Some([path]) => path.clone(),
            Some(_) => return Err(Error::invalid("map", "must give each file one path")),
            // What the map does not name is nothing that was asked for.
            None => continue,
        };
        let value = described(&part);
        let spooled = spool::stream(&cx.config.place.data_dir, part, limit).await?;
        let before = request.uploads.len();
        request.set_upload(&path, value);
        if request.uploads.len() == before {
            return Err(Error::invalid(
                "map",
                format!("`{path}` is no variable of the request"),
            ));
        }
        files.insert(before, spooled);
    }
    if let Some(missing) = map.keys().next() {
        return Err(Error::invalid(
            "map",
            format!("names `{missing}`, and no such file came"),
        ));
    }
    Ok(request.data(Files(Mutex::new(files))))
}

fn described(part: &Field<'_>) -> UploadValue {
    UploadValue {
        filename: part.file_name().unwrap_or_default().to_owned(),
        content_type: part.content_type().map(ToString::to_string),
        // The bytes are on disk.
        content: bytes::Bytes::new(),
    }
}

async fn text(parts: &mut Multipart<'_>, name: &'static str) -> Result<String> {
    let missing = || {
        Error::invalid(
            name,
            "must come before what follows it: `operations`, `map`, the files",
        )
    };
    let part = parts
        .next_field()
        .await
        .map_err(wrong)?
        .ok_or_else(missing)?;
    if part.name() != Some(name) {
        return Err(missing());
    }
    part.text().await.map_err(wrong)
}

fn wrong(error: multer::Error) -> Error {
    match error {
        multer::Error::FieldSizeExceeded { limit, .. }
        | multer::Error::StreamSizeExceeded { limit } => Error::TooLarge {
            what: "the upload",
            limit,
        },
        error => Error::invalid("body", format!("is no multipart request: {error}")),
    }
}
