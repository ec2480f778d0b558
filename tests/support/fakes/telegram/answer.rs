//! How the API is asked and answers: fields in the query, as JSON or as a form; `{ok, …}` back.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::Answer;

/// An answer with a result.
pub(super) fn ok(result: Value) -> Answer {
    (
        StatusCode::OK,
        Json(json!({ "ok": true, "result": result })),
    )
}

/// An answer without one.
pub(super) fn no(code: u16, description: &str, parameters: Value) -> Answer {
    let mut body = json!({ "ok": false, "error_code": code, "description": description });
    if parameters.is_object() {
        body["parameters"] = parameters;
    }
    (StatusCode::from_u16(code).expect("a status"), Json(body))
}

/// The fields of a request, however they came.
pub(super) fn read(headers: &HeaderMap, query: Option<&str>, body: &[u8]) -> Value {
    let content_type = headers.get("content-type");
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if content_type.starts_with("application/json") {
        return serde_json::from_slice(body).unwrap_or(Value::Null);
    }
    if let Some((_, boundary)) = content_type.split_once("multipart/form-data; boundary=") {
        return form(boundary, body);
    }
    let pairs = url_encoded(query.unwrap_or_default());
    Value::Object(
        pairs
            .chain(url_encoded(&String::from_utf8_lossy(body)))
            .collect(),
    )
}

fn url_encoded(text: &str) -> impl Iterator<Item = (String, Value)> {
    let url = reqwest::Url::parse(&format!("http://localhost/?{text}")).expect("a query");
    let pairs: Vec<(String, Value)> = url
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    pairs.into_iter()
}

/// Of a file, its name and how many bytes it has.
fn form(boundary: &str, body: &[u8]) -> Value {
    let text: String = body.iter().map(|byte| char::from(*byte)).collect();
    let mut fields = Map::new();
    for part in text.split(&format!("--{boundary}")) {
        let Some((head, content)) = part.split_once("\r\n\r\n") else {
            continue;
        };
        let content = content.strip_suffix("\r\n").unwrap_or(content);
        // Clients differ in their spaces.
        let head = head.replace("; ", ";");
        let said = |name: &str| {
            let (_, rest) = head.split_once(&format!("{name}="))?;
            let value = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => rest.split([';', '\r']).next(),
            };
            value.map(str::to_owned)
        };
        let Some(name) = said(";name") else { continue };
        let value = match said(";filename") {
            Some(file) => json!({ "file": file, "bytes": content.chars().count() }),
            None => Value::String(content.to_owned()),
        };
        fields.insert(name, value);
    }
    Value::Object(fields)
}
