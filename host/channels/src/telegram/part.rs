//! A part of a form: how a file goes along with a request (RFC 7578). Telegram takes any other field as its text, and what
//! is no text as its JSON.

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::{Map, Value};

/// What teloxide writes where a file is to be.
const ATTACHED: &str = "attach://";

/// A file to send.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'a> {
    pub name: &'a str,
    pub content_type: &'a str,
    pub bytes: &'a Bytes,
}

/// The media type and the body of a form with the fields of a request, one of which names the file.
pub(super) fn form(fields: &Map<String, Value>, file: &File<'_>) -> (String, Bytes) {
    let boundary = boundary(file.bytes);
    let mut body = BytesMut::with_capacity(file.bytes.len() + 1_024);
    for (name, value) in fields {
        body.put_slice(format!("--{boundary}\r\nContent-Disposition: form-data; ").as_bytes());
        match value {
            Value::String(text) if text.starts_with(ATTACHED) => {
                let disposition = format!(
                    "name=\"{name}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
                    quotable(file.name),
                    one_line(file.content_type)
                );
                body.put_slice(disposition.as_bytes());
                body.put_slice(file.bytes);
            }
            Value::String(text) => {
                body.put_slice(format!("name=\"{name}\"\r\n\r\n{text}").as_bytes());
            }
            value => body.put_slice(format!("name=\"{name}\"\r\n\r\n{value}").as_bytes()),
        }
        body.put_slice(b"\r\n");
    }
    body.put_slice(format!("--{boundary}--\r\n").as_bytes());
    (
        format!("multipart/form-data; boundary={boundary}"),
        body.freeze(),
    )
}

/// A line that is not in the file: by its own hash, which a file cannot contain but by breaking SHA-256.
fn boundary(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(b"boundary of ");
    hash.update(bytes);
    let digest = hex::encode(hash.finalize());
    format!("cloister-{}", digest.get(..40).unwrap_or(&digest))
}

fn quotable(name: &str) -> String {
    one_line(name).replace('\\', "_").replace('"', "%22")
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { '_' } else { char })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_has_every_field_and_the_file_in_its_place() {
        let fields = json!({ "chat_id": 42, "document": "attach://x", "reply_markup": {"a": [1]}, "caption": "hi" });
        let bytes = Bytes::from_static(b"%PDF");
        let file = File {
            name: "a\"b\r\n.pdf",
            content_type: "application/pdf",
            bytes: &bytes,
        };
        let (content_type, body) = form(fields.as_object().unwrap(), &file);
        let boundary = content_type.split_once("boundary=").unwrap().1;
        let text = String::from_utf8(body.to_vec()).unwrap();
        let parts: Vec<&str> = text.split(&format!("--{boundary}")).collect();
        assert_eq!(parts.last(), Some(&"--\r\n"));
        assert!(parts[1].ends_with("name=\"caption\"\r\n\r\nhi\r\n"));
        assert!(parts[2].ends_with("name=\"chat_id\"\r\n\r\n42\r\n"));
        assert_eq!(
            parts[3],
            "\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a%22b__.pdf\"\r\n\
             Content-Type: application/pdf\r\n\r\n%PDF\r\n"
        );
        assert!(parts[4].ends_with("\r\n\r\n{\"a\":[1]}\r\n"));
    }
}
