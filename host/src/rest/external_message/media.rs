//! A message with a file, as a form. The file is read as it comes, and no more of it than a message may carry.

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use multer::{Constraints, Field, Multipart, SizeLimit};
use sandbox::types::{Attachment, AttachmentSource};
use serde_json::{Map, Value};

use super::bodies::MediaMessage;
use super::failure::Failure;
use super::wire::{self, Reply};
use crate::auth::{Proof, presented};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::external::{self, Declined, Said};

/// What the other fields may have, each.
const FIELD: u64 = 256 << 10;
const FIELDS: usize = 32;
const NAME: usize = 200;
const KINDS: [&str; 6] = ["image", "audio", "voice", "video", "document", "file"];

/// Says something with a file in a session, and waits for the reply.
#[utoipa::path(
    post,
    path = "/api/external/media-message",
    tag = "External messages",
    operation_id = "external_media_message",
    request_body(content = MediaMessage, content_type = "multipart/form-data"),
    responses((status = 200, description = "What was said, and where the session goes on", body = Reply), Failure),
    security(("external_token" = []))
)]
pub(super) async fn media_message(
    State(cx): State<Context>,
    proof: Proof,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<Reply>, Failure> {
    let speaker = external::speaker(&cx, proof, presented(&headers).ok().flatten()).await?;
    let most = cx.config.limits.media_size;
    let said = read(&headers, request.into_body(), most).await?;
    let session = said.session.clone();
    let told = external::say(&cx, &speaker, said).await?;
    Ok(Json(Reply::of(session, told)))
}

/// A message with a file of at most so many bytes, which is kept with it.
async fn read(headers: &HeaderMap, body: Body, most: u64) -> Result<Said, Declined> {
    let no_form = || {
        let why = "is no form: send multipart/form-data with `file`, `sessionId` and the rest";
        Error::invalid("body", why)
    };
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|text| text.to_str().ok());
    let boundary = multer::parse_boundary(content_type.unwrap_or_default());
    let boundary = boundary.map_err(|_| no_form())?;
    let sizes = SizeLimit::new()
        .per_field(FIELD)
        .for_field("file", most)
        .whole_stream(most + 4 * FIELD);
    let constraints = Constraints::new().size_limit(sizes);
    let mut parts = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let mut fields = Map::new();
    let mut file = None;
    while let Some(part) = parts.next_field().await.map_err(wrong)? {
        let name = part.name().unwrap_or_default().to_owned();
        if fields.len() >= FIELDS {
            let why = format!("has more than {FIELDS} fields");
            return Err(Error::invalid("body", why).into());
        }
        if name != "file" {
            let text = part.text().await.map_err(wrong)?;
            fields.insert(name.clone(), value(&name, text)?);
        } else if file.replace(attachment(part).await?).is_some() {
            return Err(Error::invalid("file", "is there twice: a message has one").into());
        }
    }
    let mut file = file.ok_or(Declined::Missing { what: "file" })?;
    let kind = kind(&fields, &file.content_type)?;
    let mut said = wire::said_with_file(fields)?;
    file.metadata.push(("kind".to_owned(), kind.clone()));
    said.metadata.push(("kind".to_owned(), kind));
    said.files.push(file);
    Ok(said)
}

/// A form has texts alone; what is no text in a message is JSON in one.
fn value(name: &str, text: String) -> Result<Value> {
    match name {
        "runtimeData" | "toolRuntimeData" | "publicMode" if !text.trim().is_empty() => {
            let read = serde_json::from_str(&text);
            read.map_err(|error| Error::invalid(name, format!("is not JSON: {error}")))
        }
        "runtimeData" | "toolRuntimeData" | "publicMode" => Ok(Value::Null),
        _ => Ok(Value::String(text)),
    }
}

async fn attachment(mut part: Field<'_>) -> Result<Attachment> {
    let content_type = part.content_type().map(ToString::to_string);
    let name = part.file_name().map(name_of).unwrap_or_default();
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(wrong)? {
        bytes.extend_from_slice(&chunk);
    }
    if bytes.is_empty() {
        return Err(Error::invalid("file", "is empty"));
    }
    Ok(Attachment {
        name: if name.is_empty() {
            "file".to_owned()
        } else {
            name
        },
        content_type: content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
        size: Some(bytes.len() as u64),
        source: AttachmentSource::Inline(bytes),
        metadata: Vec::new(),
    })
}

/// A name without its folders, and without what no name has.
fn name_of(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let good = last.chars().filter(|c| !c.is_control());
    good.take(NAME).collect()
}

fn kind(fields: &Map<String, Value>, content_type: &str) -> Result<String> {
    let said = fields.get("kind").and_then(Value::as_str).map(str::trim);
    match said.filter(|text| !text.is_empty()) {
        Some(kind) if KINDS.contains(&kind) => Ok(kind.to_owned()),
        Some(_) => {
            let why = format!("must be one of {}", KINDS.join(", "));
            Err(Error::invalid("kind", why))
        }
        None => {
            let kind = content_type.split('/').next().unwrap_or_default();
            let known = ["image", "audio", "video"].contains(&kind);
            Ok(if known { kind } else { "document" }.to_owned())
        }
    }
}

fn wrong(error: multer::Error) -> Error {
    match error {
        multer::Error::FieldSizeExceeded { limit, field_name } => Error::TooLarge {
            what: match field_name.as_deref() {
                Some("file") => "the file",
                _ => "a field",
            },
            limit,
        },
        multer::Error::StreamSizeExceeded { limit } => Error::TooLarge {
            what: "the body",
            limit,
        },
        error => Error::invalid("body", format!("is no multipart request: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_without_its_folders() {
        assert_eq!(name_of("C:\\photos\\cat.png"), "cat.png");
        assert_eq!(name_of("../../etc/passwd"), "passwd");
        assert_eq!(name_of("a\0b\n"), "ab");
    }

    #[test]
    fn a_kind_is_told_or_follows_from_the_media_type() {
        let kind = |said: &str, content_type: &str| {
            let fields = Map::from_iter([("kind".to_owned(), Value::from(said))]);
            kind(&fields, content_type).map_err(|error| error.to_string())
        };
        assert_eq!(kind("voice", "audio/ogg").unwrap(), "voice");
        assert_eq!(kind("", "image/png").unwrap(), "image");
        assert_eq!(kind("", "application/pdf").unwrap(), "document");
        assert!(
            kind("hologram", "x/y")
                .unwrap_err()
                .starts_with("kind: must be one of")
        );
    }
}
