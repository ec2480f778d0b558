//! As much of iLink as many accounts take: a code each, which is confirmed at once, long polls and messages.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::routing::{any, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot};

use super::Open;

/// As long as the real one holds a question.
const HOLD: Duration = Duration::from_secs(35);

/// The accounts.
#[derive(Clone)]
pub(super) struct Wechat(Arc<Shared>);

struct Shared {
    address: Mutex<String>,
    codes: AtomicUsize,
    said: AtomicUsize,
    readers: AtomicUsize,
    accounts: Vec<Account>,
    open: Open,
}

#[derive(Default)]
struct Account {
    messages: Mutex<Vec<Value>>,
    came: Notify,
}

impl Wechat {
    pub(super) fn new(accounts: usize) -> Wechat {
        Wechat(Arc::new(Shared {
            address: Mutex::default(),
            codes: AtomicUsize::new(0),
            said: AtomicUsize::new(0),
            readers: AtomicUsize::new(0),
            accounts: (0..accounts).map(|_| Account::default()).collect(),
            open: Open::default(),
        }))
    }

    pub(super) fn router(&self, address: &str) -> Router {
        let mut known = self
            .0
            .address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        address.clone_into(&mut known);
        Router::new()
            .route("/ilink/bot/{method}", any(called))
            .route("/ilink/bot/msg/{method}", post(noted))
            .with_state(self.clone())
    }

    /// Accounts whose messages someone waits for.
    pub(super) fn readers(&self) -> usize {
        self.0.readers.load(Ordering::Relaxed)
    }

    /// Someone writes to an account.
    pub(super) fn say(&self, place: usize) -> oneshot::Receiver<Duration> {
        let number = self.0.said.fetch_add(1, Ordering::Relaxed) + 1;
        let text = format!("the quick brown fox {number}");
        let message = json!({
            "seq": number, "message_id": number, "from_user_id": "ada@im.wechat", "to_user_id": bot(place),
            "create_time_ms": now(), "message_type": 1, "message_state": 2, "session_id": "",
            "item_list": [{ "type": 1, "text_item": { "text": text } }], "context_token": format!("context-{number}"),
        });
        let waits = self.0.open.said(&text);
        if let Some(account) = self.0.accounts.get(place) {
            let mut messages = account
                .messages
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            messages.push(message);
            drop(messages);
            account.came.notify_one();
        }
        waits
    }

    async fn poll(&self, account: &Account, body: &Value) -> Value {
        let from = body.get("get_updates_buf").and_then(Value::as_str);
        let from = from.and_then(|from| from.parse().ok()).unwrap_or(0);
        let reader = Reader::new(&self.0.readers);
        let until = tokio::time::Instant::now() + HOLD;
        loop {
            {
                let messages = account
                    .messages
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                let new = messages.get(from..).unwrap_or_default();
                if !new.is_empty() {
                    let reached = messages.len().to_string();
                    return json!({ "ret": 0, "msgs": new, "get_updates_buf": reached });
                }
            }
            let came = tokio::time::timeout_at(until, account.came.notified());
            if came.await.is_err() {
                drop(reader);
                return json!({ "ret": 0, "get_updates_buf": "" });
            }
        }
    }
}

/// A question that is held.
struct Reader<'a>(&'a AtomicUsize);

impl<'a> Reader<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn called(
    State(wechat): State<Wechat>,
    Path(method): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: String,
) -> Json<Value> {
    let body: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
    let shared = &wechat.0;
    Json(match method.as_str() {
        "get_bot_qrcode" => {
            let number = shared.codes.fetch_add(1, Ordering::Relaxed);
            json!({ "ret": 0, "qrcode": number.to_string(), "qrcode_img_content": format!("https://weixin.invalid/{number}") })
        }
        "get_qrcode_status" => {
            let number = query.get("qrcode").and_then(|number| number.parse().ok());
            let number = number.unwrap_or(usize::MAX);
            let address = shared
                .address
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            json!({ "ret": 0, "status": "confirmed", "bot_token": number.to_string(), "ilink_bot_id": bot(number),
                "baseurl": format!("http://{}", *address), "ilink_user_id": "owner@im.wechat" })
        }
        "getupdates" => match place(&headers).and_then(|place| shared.accounts.get(place)) {
            Some(account) => wechat.poll(account, &body).await,
            None => json!({ "ret": -14, "errcode": -14, "errmsg": "session timeout" }),
        },
        "sendmessage" => {
            let text = body.pointer("/msg/item_list/0/text_item/text");
            shared
                .open
                .answered(text.and_then(Value::as_str).unwrap_or_default());
            json!({ "ret": 0, "message_id": 1 })
        }
        _ => json!({ "ret": 0 }),
    })
}

async fn noted() -> Json<Value> {
    Json(json!({ "ret": 0 }))
}

/// Whose token came along.
fn place(headers: &HeaderMap) -> Option<usize> {
    let token = headers.get(AUTHORIZATION)?.to_str().ok()?;
    token.strip_prefix("Bearer ")?.parse().ok()
}

fn bot(place: usize) -> String {
    format!("bench{place}@im.bot")
}

fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(0))
}
