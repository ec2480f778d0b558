//! The HTTP API.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{APPLICATION, Asked, BOT, Inner, PUBLIC_KEY, Shared, TOKEN, USERNAME};

/// A status, headers and a body.
pub(super) type Scripted = (u16, Vec<(&'static str, &'static str)>, Value);

type Answer = (StatusCode, HeaderMap, Json<Value>);

pub(super) async fn called(
    State(shared): State<Arc<Shared>>,
    method: Method,
    Path(path): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    RawQuery(written): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let what = format!("{method} /{path}");
    let body = read(&headers, &body);
    let pause = {
        let mut inner = shared.lock();
        inner.asked.push(Asked {
            what: what.clone(),
            query: written.unwrap_or_default(),
            body: body.clone(),
            at: Instant::now(),
        });
        let late = |(prefix, _): &mut (String, Duration)| what.starts_with(prefix.as_str());
        inner.late.pop_front_if(late)
    };
    let answer = answered(&shared, (&method, &path), &query, &headers, &body);
    if let Some((_, pause)) = pause {
        tokio::time::sleep(pause).await;
    }
    answer
}

fn answered(
    shared: &Shared,
    (method, path): (&Method, &str),
    query: &HashMap<String, String>,
    headers: &HeaderMap,
    body: &Value,
) -> Answer {
    let what = format!("{method} /{path}");
    let mut inner = shared.lock();
    if inner.is_down {
        return answer(503, &[], json!({ "message": "unavailable" }));
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if !text("user-agent")
        .unwrap_or_default()
        .starts_with("DiscordBot (")
    {
        return no(403, 40_333, "internal network error");
    }
    // What answers an interaction is proved by its token, in the address.
    let is_open = path.starts_with("webhooks/") || path.starts_with("interactions/");
    let proof = format!("Bot {TOKEN}");
    if !is_open && (text("authorization") != Some(proof.as_str()) || inner.is_revoked) {
        return no(401, 0, "401: Unauthorized");
    }
    let scripts = inner.next.iter_mut();
    let mut scripts = scripts.filter(|(prefix, _)| what.starts_with(prefix.as_str()));
    let scripted = scripts.find_map(|(_, answers)| answers.pop_front());
    if let Some((status, headers, body)) = scripted {
        return answer(status, &headers, body);
    }
    let segments: Vec<&str> = path.split('/').collect();
    match (method.as_str(), segments.as_slice()) {
        ("GET", ["users", "@me"]) => answer(
            200,
            &[],
            json!({ "id": BOT, "username": USERNAME, "bot": true, "discriminator": "0", "avatar": null }),
        ),
        ("GET", ["applications", "@me"]) => answer(
            200,
            &[],
            json!({ "id": APPLICATION, "name": "Fake Helper", "verify_key": PUBLIC_KEY, "flags": inner.flags }),
        ),
        ("GET", ["gateway", "bot"]) => answer(
            200,
            &[],
            json!({ "url": format!("ws://{}/gateway/", inner.gateway(shared.address)), "shards": 1, "session_start_limit": {
                "total": 1000, "remaining": inner.remaining, "reset_after": 60_000, "max_concurrency": 1 } }),
        ),
        ("GET", ["channels", channel, "messages"]) => inner.written(channel, query),
        ("POST", ["channels", channel, "messages"]) => inner.sent(channel, body),
        ("PATCH", ["channels", channel, "messages", id]) => inner.edited(channel, id, body),
        ("DELETE", ["channels", _, "messages", id]) => inner.deleted(id.parse().ok()),
        ("POST", ["channels", _, "typing"]) => answer(204, &[], Value::Null),
        ("POST", ["interactions", _, token, "callback"]) => {
            inner.defer(token);
            answer(204, &[], Value::Null)
        }
        ("PATCH", ["webhooks", APPLICATION, token, "messages", "@original"]) => {
            match inner.nonces.get(*token).copied() {
                Some(id) => inner.edited("0", &id.to_string(), body),
                None => no(404, 10_015, "Unknown Webhook"),
            }
        }
        ("DELETE", ["webhooks", APPLICATION, token, "messages", "@original"]) => {
            let id = inner.nonces.get(*token).copied();
            inner.deleted(id)
        }
        _ => no(404, 0, "404: Not Found"),
    }
}

impl Inner {
    fn sent(&mut self, channel: &str, body: &Value) -> Answer {
        let content = body["content"].as_str().unwrap_or_default();
        let has_files = body["files"]
            .as_array()
            .is_some_and(|files| !files.is_empty());
        if content.is_empty() && !has_files {
            return no(400, 50_006, "Cannot send an empty message");
        }
        if content.chars().count() > 2_000 {
            return no(400, 50_035, "Invalid Form Body");
        }
        let nonce = body["nonce"]
            .as_str()
            .map(|nonce| format!("{channel}/{nonce}"));
        let nonce = nonce.filter(|_| body["enforce_nonce"] == true);
        let known = nonce
            .as_ref()
            .and_then(|nonce| self.nonces.get(nonce).copied());
        let id = known.unwrap_or_else(|| self.id());
        if let Some(nonce) = nonce {
            self.nonces.insert(nonce, id);
        }
        self.shown.entry(id).or_insert_with(|| body.clone());
        answer(200, &[], message(channel, id, content))
    }

    /// The messages right behind an id, the newest first ("Get Channel Messages").
    fn written(&self, channel: &str, query: &HashMap<String, String>) -> Answer {
        let number = |name: &str| query.get(name).and_then(|number| number.parse().ok());
        let limit: usize = number("limit")
            .and_then(|limit: u64| limit.try_into().ok())
            .unwrap_or(50);
        let after = number("after").unwrap_or(0);
        if !(1..=100).contains(&limit) {
            return no(400, 50_035, "Invalid Form Body");
        }
        let behind = self.written.range(after + 1..).map(|(_, message)| message);
        let here = behind.filter(|message| message["channel_id"] == channel);
        let mut page: Vec<&Value> = here.take(limit).collect();
        page.reverse();
        answer(200, &[], json!(page))
    }

    fn edited(&mut self, channel: &str, id: &str, body: &Value) -> Answer {
        let Some(shown) = id.parse().ok().and_then(|id: u64| self.shown.get_mut(&id)) else {
            return no(404, 10_008, "Unknown Message");
        };
        *shown = body.clone();
        let content = body["content"].as_str().unwrap_or_default();
        answer(200, &[], message(channel, id.parse().unwrap_or(0), content))
    }

    fn deleted(&mut self, id: Option<u64>) -> Answer {
        match id.and_then(|id| self.shown.remove(&id)) {
            Some(_) => answer(204, &[], Value::Null),
            None => no(404, 10_008, "Unknown Message"),
        }
    }

    /// An interaction is answered by a message that says that someone thinks.
    pub(super) fn defer(&mut self, token: &str) {
        let id = self.id();
        self.nonces.insert(token.to_owned(), id);
        self.shown.insert(id, json!({ "content": "(thinking)" }));
    }
}

/// What stands in a file, which is named by it.
pub(super) async fn file(Path(name): Path<String>) -> String {
    format!("contents of {name}")
}

fn message(channel: &str, id: u64, content: &str) -> Value {
    json!({
        "id": id.to_string(), "channel_id": channel, "content": content, "type": 0,
        "author": { "id": BOT, "username": USERNAME, "bot": true, "discriminator": "0", "avatar": null },
        "timestamp": "2026-01-01T00:00:00+00:00", "attachments": [], "embeds": [], "mentions": [],
    })
}

fn no(status: u16, code: u64, message: &str) -> Answer {
    answer(status, &[], json!({ "message": message, "code": code }))
}

fn answer(status: u16, given: &[(&'static str, &'static str)], body: Value) -> Answer {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    (
        StatusCode::from_u16(status).expect("a status"),
        headers,
        Json(body),
    )
}

/// The JSON of a request; of a form, its payload, with each file's name and size.
fn read(headers: &HeaderMap, body: &[u8]) -> Value {
    let content_type = headers.get("content-type");
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let boundary = content_type.and_then(|kind| kind.split_once("boundary="));
    let Some((_, boundary)) = boundary else {
        return serde_json::from_slice(body).unwrap_or(Value::Null);
    };
    let text: String = body.iter().map(|byte| char::from(*byte)).collect();
    let (mut payload, mut files) = (json!({}), Vec::new());
    for part in text.split(&format!("--{boundary}")) {
        let Some((head, content)) = part.split_once("\r\n\r\n") else {
            continue;
        };
        let content = content.strip_suffix("\r\n").unwrap_or(content);
        if head.contains("name=\"payload_json\"") {
            payload = serde_json::from_str(content).expect("JSON");
        } else if let Some((_, name)) = head.split_once("filename=\"") {
            let name = name.split('"').next().unwrap_or_default();
            files.push(json!({ "file": name, "bytes": content.chars().count() }));
        }
    }
    payload["files"] = files.into();
    payload
}
