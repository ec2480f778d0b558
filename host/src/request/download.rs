//! A download: bytes of a file on their way to whoever asked for them. They are an agent's, or came from anyone, and this
//! is our origin: they are saved, and never shown as a page of ours.

use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

/// The answer that has a file to be saved under this name.
pub fn download(name: &str, content_type: &str, bytes: Bytes) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename*=UTF-8''{}", percent(name)),
        ),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
    ];
    (headers, bytes).into_response()
}

/// A name as a header's extended parameter has it (RFC 8187): all but letters and digits encoded.
fn percent(name: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    name.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_file_name_cannot_break_its_header() {
        assert_eq!(super::percent("a b\"\r\n.pdf"), "a%20b%22%0D%0A.pdf");
        assert_eq!(super::percent("é"), "%C3%A9");
    }
}
