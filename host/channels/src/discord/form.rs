//! A form with files, as Discord takes it: `payload_json` and `files[n]` (RFC 7578; "Uploading Files").

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A file to send.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'a> {
    pub name: &'a str,
    pub content_type: &'a str,
    pub bytes: &'a Bytes,
}

/// The media type and the body.
pub(super) fn form(payload: &Value, files: &[File<'_>]) -> (String, Bytes) {
    let boundary = boundary(files);
    let size: usize = files.iter().map(|file| file.bytes.len() + 512).sum();
    let mut body = BytesMut::with_capacity(size + 1_024);
    let json = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\
         Content-Type: application/json\r\n\r\n{payload}\r\n"
    );
    body.put_slice(json.as_bytes());
    for (number, file) in files.iter().enumerate() {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"files[{number}]\"; filename=\"{}\"\r\n\
             Content-Type: {}\r\n\r\n",
            quotable(file.name),
            one_line(file.content_type)
        );
        body.put_slice(head.as_bytes());
        body.put_slice(file.bytes);
        body.put_slice(b"\r\n");
    }
    body.put_slice(format!("--{boundary}--\r\n").as_bytes());
    (
        format!("multipart/form-data; boundary={boundary}"),
        body.freeze(),
    )
}

/// A line that is in no file: by their own hash, which they cannot contain but by breaking SHA-256.
fn boundary(files: &[File<'_>]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"boundary of ");
    for file in files {
        hash.update(file.bytes);
    }
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
    fn a_form_has_its_payload_and_every_file() {
        let (one, two) = (Bytes::from_static(b"%PDF"), Bytes::from_static(b"x"));
        let file = |name, bytes| File {
            name,
            content_type: "text/plain",
            bytes,
        };
        let files = [file("a\"b\r\n.pdf", &one), file("two", &two)];
        let (content_type, body) = form(&json!({ "content": "hi" }), &files);
        let boundary = content_type.split_once("boundary=").unwrap().1;
        let text = String::from_utf8(body.to_vec()).unwrap();
        let parts: Vec<&str> = text.split(&format!("--{boundary}")).collect();
        assert_eq!(parts.len(), 5);
        assert!(parts[1].ends_with("\r\n\r\n{\"content\":\"hi\"}\r\n"));
        assert!(parts[2].contains("name=\"files[0]\"; filename=\"a%22b__.pdf\""));
        assert!(parts[2].ends_with("\r\n\r\n%PDF\r\n"));
        assert!(parts[3].contains("name=\"files[1]\"; filename=\"two\""));
        assert_eq!(parts[4], "--\r\n");
    }
}
