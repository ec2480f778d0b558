//! How the API answers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Asked, Code, Inner, Instead, SENDS, Shared};

pub(super) async fn called(
    State(shared): State<Arc<Shared>>,
    Path(method): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = match body.is_empty() {
        true => json!(query),
        false => serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let token = token.map(str::to_owned);
    let instead = {
        let mut inner = shared.inner.lock().unwrap();
        inner.asked.push(Asked {
            method: method.clone(),
            token: token.clone(),
            body: body.clone(),
        });
        let queue = inner.instead.get_mut(&method);
        queue.and_then(std::collections::VecDeque::pop_front)
    };
    match instead {
        Some(Instead::Status(status)) => {
            return StatusCode::from_u16(status)
                .expect("a status")
                .into_response();
        }
        Some(Instead::Text(text)) => return text.into_response(),
        Some(Instead::Late(pause)) => tokio::time::sleep(pause).await,
        None => {}
    }
    let takes_older = shared.inner.lock().unwrap().takes_older;
    if !has_headers(&header, &method, takes_older) {
        return (StatusCode::BAD_REQUEST, "a header is missing").into_response();
    }
    let at = header("host").unwrap_or_default();
    let answer = match method.as_str() {
        "get_bot_qrcode" => shared
            .inner
            .lock()
            .unwrap()
            .new_code(&query, shared.address.port()),
        "get_qrcode_status" => status(&shared, &query, at).await,
        method => {
            let is_known = |inner: &Inner| {
                let known = token
                    .as_ref()
                    .is_some_and(|token| inner.accounts.contains_key(token));
                known && body["base_info"]["channel_version"].is_string()
            };
            if !is_known(&shared.inner.lock().unwrap()) {
                no(-14, "session timeout")
            } else if method == "getupdates" {
                poll(&shared, &body, token.as_deref().unwrap_or_default()).await
            } else {
                shared.inner.lock().unwrap().answer(method, &body, &shared)
            }
        }
    };
    answer.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        IntoResponse::into_response,
    )
}

type Answer = Option<Json<Value>>;

fn ok(value: Value) -> Answer {
    let mut value = value;
    value["ret"] = json!(0);
    Some(Json(value))
}

fn no(code: i64, text: &str) -> Answer {
    Some(Json(
        json!({ "ret": code, "errcode": code, "errmsg": text }),
    ))
}

/// What the protocol asks of every request, and of those with a body.
fn has_headers<'a>(
    header: &impl Fn(&str) -> Option<&'a str>,
    method: &str,
    takes_older: bool,
) -> bool {
    let is_bot = header("ilink-app-id") == Some("bot");
    let version = header("ilink-app-clientversion").and_then(|text| text.parse::<u32>().ok());
    let has_body = !matches!(method, "get_bot_qrcode" | "get_qrcode_status");
    let uin = header("x-wechat-uin").and_then(|text| STANDARD.decode(text).ok());
    let uin = uin.and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<u32>().ok());
    let is_post = header("authorizationtype") == Some("ilink_bot_token") && uin.is_some();
    let says_what_it_is = is_bot && version.is_some();
    (says_what_it_is || takes_older) && (is_post || !has_body)
}

/// What has become of a code: at once where that is something, else when it is, else after the time that it is held.
async fn status(shared: &Shared, query: &HashMap<String, String>, at: &str) -> Answer {
    let until = Instant::now() + shared.hold;
    loop {
        let changed = shared.changed.notified();
        {
            let mut inner = shared.inner.lock().unwrap();
            let Some(code) = query
                .get("qrcode")
                .and_then(|name| inner.codes.get_mut(name))
            else {
                return ok(json!({ "status": "expired" }));
            };
            let is_redirect = code.status["status"] == "scaned_but_redirect";
            if let (Some(there), false) = (&code.at, is_redirect)
                && there != at
            {
                return ok(json!({ "status": "wait" }));
            }
            if code.digits.is_some() && code.digits.as_ref() == query.get("verify_code") {
                code.digits = None;
                code.status = json!({ "status": "scaned" });
            }
            let is_held = code.status["status"] == "wait";
            if !is_held || Instant::now() >= until {
                return ok(code.status.clone());
            }
        }
        let _ = tokio::time::timeout_at(until, changed).await;
    }
}

/// A question that is held.
struct Waiting<'a>(&'a Shared);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.inner.lock().unwrap().waiting -= 1;
    }
}

/// `getupdates`: messages behind the cursor, which is a number here.
async fn poll(shared: &Shared, body: &Value, token: &str) -> Answer {
    // One that wants to know at once whether its login is good reads no messages with that.
    let wanted = body["timeout"].as_u64().map(Duration::from_secs);
    let until = Instant::now() + wanted.map_or(shared.hold, |wanted| wanted.min(shared.hold));
    let cursor = body["get_updates_buf"].as_str().unwrap_or_default();
    let from: usize = cursor.parse().unwrap_or(0);
    let _waiting = {
        let mut inner = shared.inner.lock().unwrap();
        inner.overlaps += u32::from(inner.waiting > 0);
        inner.waiting += 1;
        Waiting(shared)
    };
    loop {
        let changed = shared.changed.notified();
        {
            let inner = shared.inner.lock().unwrap();
            if !inner.accounts.contains_key(token) {
                return no(-14, "session timeout");
            }
            let some = inner.messages.get(from..).unwrap_or_default();
            if !some.is_empty() {
                let next = inner.messages.len().to_string();
                return ok(
                    json!({ "msgs": some, "get_updates_buf": next, "longpolling_timeout_ms": 35_000 }),
                );
            }
            let is_scripted = inner
                .instead
                .get("getupdates")
                .is_some_and(|queue| !queue.is_empty());
            if is_scripted || Instant::now() >= until {
                return ok(json!({ "get_updates_buf": "" }));
            }
        }
        let _ = tokio::time::timeout_at(until, changed).await;
    }
}

impl Inner {
    fn new_code(&mut self, query: &HashMap<String, String>, port: u16) -> Answer {
        if query.get("bot_type").map(String::as_str) != Some("3") {
            return no(-1, "bot_type");
        }
        let name = format!("code-{port}-{:04}", self.codes.len());
        let payload = format!("https://login.weixin.qq.com/l/{name}");
        let code = Code {
            status: json!({ "status": "wait" }),
            digits: None,
            at: None,
        };
        self.codes.insert(name.clone(), code);
        ok(json!({ "qrcode": name, "qrcode_img_content": payload }))
    }

    fn answer(&mut self, method: &str, body: &Value, shared: &Shared) -> Answer {
        match method {
            "sendmessage" => self.take(&body["msg"]),
            "getconfig" => {
                let person = body["ilink_user_id"].as_str().unwrap_or_default();
                ok(json!({ "typing_ticket": format!("ticket-{person}") }))
            }
            "sendtyping" => {
                let person = body["ilink_user_id"].as_str().unwrap_or_default();
                match body["typing_ticket"] == format!("ticket-{person}") {
                    true => ok(json!({})),
                    false => no(-1, "typing_ticket"),
                }
            }
            "getuploadurl" => {
                let is_whole = ["filekey", "to_user_id", "rawfilemd5", "aeskey"]
                    .iter()
                    .all(|name| body[name].is_string());
                let sizes = (body["rawsize"].as_u64(), body["filesize"].as_u64());
                let (Some(raw), Some(sealed)) = sizes else {
                    return no(-1, "size");
                };
                if !is_whole || sealed != (raw / 16 + 1) * 16 {
                    return no(-1, "a field is missing or wrong");
                }
                let param = format!("up-{}", body["filekey"].as_str().unwrap_or_default());
                match self.names_addresses {
                    false => ok(json!({ "upload_param": param })),
                    true => ok(json!({ "upload_full_url": format!(
                        "http://{}/c2c/upload?encrypted_query_param={param}&filekey={}",
                        shared.address, body["filekey"].as_str().unwrap_or_default()
                    ) })),
                }
            }
            "notifystart" | "notifystop" => ok(json!({})),
            _ => None,
        }
    }

    fn take(&mut self, message: &Value) -> Answer {
        let items = message["item_list"].as_array().map_or(0, Vec::len);
        let is_right = items == 1
            && message["message_type"] == 2
            && message["message_state"] == 2
            && message["from_user_id"] == ""
            && message["client_id"]
                .as_str()
                .is_some_and(|id| !id.is_empty());
        if !is_right {
            return no(-1, "not a message");
        }
        let text = message["item_list"][0]["text_item"]["text"].as_str();
        if text.is_some_and(|text| text.len() > 16_384) {
            return no(-2, "too long");
        }
        let context = message["context_token"].as_str().unwrap_or_default();
        let Some((person, count)) = self.contexts.get_mut(context) else {
            return no(-2, "no such context");
        };
        if message["to_user_id"] != **person || *count >= SENDS {
            return no(-2, "not now");
        }
        *count += 1;
        self.sent.push(message.clone());
        let id = 9_000_000_000_000_000_000 + self.sent.len() as u64;
        ok(json!({ "message_id": id }))
    }
}
