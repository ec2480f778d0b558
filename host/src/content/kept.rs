//! Attachments as the `content` column keeps them: the bytes of a file that came with its message are base64, a third
//! larger than they are and not many times as large, as a list of numbers would be.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sandbox::types::{Attachment, AttachmentSource};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize)]
struct Written<'a> {
    name: &'a str,
    content_type: &'a str,
    size: Option<u64>,
    source: Source<'a>,
    metadata: &'a [(String, String)],
}

#[derive(Serialize)]
enum Source<'a> {
    Workspace(&'a str),
    Url(&'a str),
    Inline(String),
}

#[derive(Deserialize)]
struct Read {
    name: String,
    content_type: String,
    size: Option<u64>,
    source: ReadSource,
    metadata: Vec<(String, String)>,
}

#[derive(Deserialize)]
enum ReadSource {
    Workspace(String),
    Url(String),
    Inline(Bytes),
}

/// Numbers are what older versions wrote.
#[derive(Deserialize)]
#[serde(untagged)]
enum Bytes {
    Base64(String),
    Numbers(Vec<u8>),
}

pub(super) fn serialize<S: Serializer>(
    attachments: &[Attachment],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let written = attachments.iter().map(|attachment| Written {
        name: &attachment.name,
        content_type: &attachment.content_type,
        size: attachment.size,
        source: match &attachment.source {
            AttachmentSource::Workspace(path) => Source::Workspace(path),
            AttachmentSource::Url(url) => Source::Url(url),
            AttachmentSource::Inline(bytes) => Source::Inline(BASE64.encode(bytes)),
        },
        metadata: &attachment.metadata,
    });
    serializer.collect_seq(written)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Attachment>, D::Error> {
    let read = Vec::<Read>::deserialize(deserializer)?;
    let attachment = |read: Read| {
        let source = match read.source {
            ReadSource::Workspace(path) => AttachmentSource::Workspace(path),
            ReadSource::Url(url) => AttachmentSource::Url(url),
            ReadSource::Inline(Bytes::Numbers(bytes)) => AttachmentSource::Inline(bytes),
            ReadSource::Inline(Bytes::Base64(text)) => {
                AttachmentSource::Inline(BASE64.decode(text).map_err(D::Error::custom)?)
            }
        };
        Ok(Attachment {
            name: read.name,
            content_type: read.content_type,
            size: read.size,
            source,
            metadata: read.metadata,
        })
    };
    read.into_iter().map(attachment).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::content::Content;

    use super::*;

    #[test]
    fn bytes_are_kept_short_and_read_in_both_forms() {
        let file = |bytes: &[u8]| Attachment {
            name: "a.bin".to_owned(),
            content_type: "application/octet-stream".to_owned(),
            size: None,
            source: AttachmentSource::Inline(bytes.to_vec()),
            metadata: Vec::new(),
        };
        let content = Content {
            attachments: vec![file(&[0, 255, 7])],
            ..Content::default()
        };
        let mut column = content.column().unwrap();
        assert_eq!(column["attachments"][0]["source"]["Inline"], "AP8H");
        let bytes =
            |column: &serde_json::Value| match &Content::read(Some(column)).attachments[0].source {
                AttachmentSource::Inline(bytes) => bytes.clone(),
                other => panic!("{other:?}"),
            };
        assert_eq!(bytes(&column), [0, 255, 7]);
        column["attachments"][0]["source"]["Inline"] = json!([0, 255, 7]);
        assert_eq!(bytes(&column), [0, 255, 7]);
    }
}
