//! The Bot API as far as bots use it: updates by long poll or webhook, messages, and the ways in which it says no.

mod answer;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{any, get};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use self::answer::{no, ok, read};
use crate::wait::{LONG, wait_for};

/// The token that the fake knows.
pub const TOKEN: &str = "424242:AAfake-token-of-a-bot_0123456789abcdef";
/// The bot's name behind the `@`.
pub const USERNAME: &str = "FakeHelperBot";

/// One request to the API.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method as it was written.
    pub method: String,
    /// Its fields; of a file, its name and size.
    pub body: Value,
    /// When it came.
    pub at: Instant,
}

impl Asked {
    /// The text of a message.
    pub fn text(&self) -> &str {
        self.body["text"].as_str().unwrap_or_default()
    }
}

#[derive(Default)]
struct Inner {
    asked: Vec<Asked>,
    updates: Vec<Value>,
    last_update: i64,
    last_message: i64,
    /// What the next calls of a method are answered instead.
    next: Vec<(String, VecDeque<(u16, Value)>)>,
    webhook: Option<(String, String)>,
    /// The newest poll; an older one that still waits is ended by it.
    poll: u64,
    is_revoked: bool,
    throttled: Option<(String, u64)>,
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    changed: Notify,
}

/// The API.
pub struct Telegram {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Telegram {
    /// One with a bot that no one has written to.
    pub async fn start() -> Telegram {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared::default());
        let app = Router::new()
            .route("/{bot}/{method}", any(called))
            .route("/file/{bot}/{id}", get(file))
            .with_state(shared.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Telegram {
            address,
            shared,
            server,
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Someone writes to the bot. The update's id.
    pub fn say(&self, user: i64, text: &str) -> i64 {
        self.update(json!({ "message": self.message(user, text) }))
    }

    /// A message of someone in their own chat.
    pub fn message(&self, user: i64, text: &str) -> Value {
        let id = {
            let mut inner = self.shared.inner.lock().unwrap();
            inner.last_message += 1;
            inner.last_message
        };
        json!({
            "message_id": id, "date": 1_700_000_000, "text": text,
            "from": { "id": user, "is_bot": false, "first_name": "Ada" },
            "chat": { "id": user, "type": "private", "first_name": "Ada" },
        })
    }

    /// An update with these fields. Its id.
    pub fn update(&self, mut update: Value) -> i64 {
        let mut inner = self.shared.inner.lock().unwrap();
        inner.last_update += 1;
        let id = inner.last_update;
        update["update_id"] = id.into();
        inner.updates.push(update);
        drop(inner);
        self.shared.changed.notify_waiters();
        id
    }

    /// Updates that no one has confirmed.
    pub fn unconfirmed(&self) -> usize {
        self.shared.inner.lock().unwrap().updates.len()
    }

    /// What the next calls of a method are answered, in order; with status 200, as usual.
    pub fn next(&self, method: &str, answers: impl IntoIterator<Item = (u16, Value)>) {
        let mut inner = self.shared.inner.lock().unwrap();
        inner
            .next
            .push((method.to_lowercase(), answers.into_iter().collect()));
        drop(inner);
        self.shared.changed.notify_waiters();
    }

    /// Refuses a message of this text until so many seconds have passed, which is for ever here.
    pub fn throttle(&self, text: &str, seconds: u64) {
        self.shared.inner.lock().unwrap().throttled = Some((text.to_owned(), seconds));
    }

    /// Makes the token worthless, or good again.
    pub fn revoke(&self, is_revoked: bool) {
        self.shared.inner.lock().unwrap().is_revoked = is_revoked;
        self.shared.changed.notify_waiters();
    }

    /// Where it calls, and with which secret.
    pub fn webhook(&self) -> Option<(String, String)> {
        self.shared.inner.lock().unwrap().webhook.clone()
    }

    /// Everything that was asked by one method.
    pub fn asked(&self, method: &str) -> Vec<Asked> {
        let inner = self.shared.inner.lock().unwrap();
        let fits = |asked: &&Asked| asked.method.eq_ignore_ascii_case(method);
        inner.asked.iter().filter(fits).cloned().collect()
    }

    /// The messages that the bot sent, those that were refused among them.
    pub fn sent(&self) -> Vec<String> {
        let sent = self.asked("sendMessage");
        sent.iter().map(|asked| asked.text().to_owned()).collect()
    }

    /// Waits until the bot has sent so many messages, and returns their texts.
    pub async fn wait_for(&self, count: usize) -> Vec<String> {
        let what = format!("{count} messages of the bot");
        wait_for(LONG, &what, async || {
            let sent = self.sent();
            (sent.len() >= count).then_some(sent)
        })
        .await
    }
}

impl Drop for Telegram {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Answer = (StatusCode, axum::Json<Value>);

async fn called(
    State(shared): State<Arc<Shared>>,
    Path((bot, method)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let body = read(&headers, query.as_deref(), &body);
    let (name, scripted) = {
        let mut inner = shared.inner.lock().unwrap();
        inner.asked.push(Asked {
            method: method.clone(),
            body: body.clone(),
            at: Instant::now(),
        });
        if bot != format!("bot{TOKEN}") || inner.is_revoked {
            return no(401, "Unauthorized", Value::Null);
        }
        let name = method.to_lowercase();
        let mut scripts = inner.next.iter_mut().filter(|(other, _)| *other == name);
        let scripted = scripts.find_map(|(_, answers)| answers.pop_front());
        (name, scripted)
    };
    if let Some((status, parameters)) = scripted.filter(|(status, _)| *status != 200) {
        let description = parameters["description"]
            .as_str()
            .unwrap_or("no")
            .to_owned();
        return no(status, &description, parameters);
    }
    match name.as_str() {
        "getupdates" => poll(&shared, &body).await,
        name => {
            let answer = shared.inner.lock().unwrap().answer(name, &body);
            // A webhook ends the poll that waits.
            shared.changed.notify_waiters();
            answer
        }
    }
}

impl Inner {
    fn answer(&mut self, method: &str, body: &Value) -> Answer {
        match method {
            "getme" => ok(json!({
                "id": 424_242, "is_bot": true, "first_name": "Fake Helper", "username": USERNAME,
                "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
                "can_connect_to_business": false, "has_main_web_app": false,
            })),
            "setwebhook" => {
                let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
                self.webhook =
                    Some((text("url"), text("secret_token"))).filter(|(url, _)| !url.is_empty());
                ok(json!(true))
            }
            "deletewebhook" => {
                self.webhook = None;
                ok(json!(true))
            }
            "getwebhookinfo" => {
                let url = self.webhook.as_ref().map_or("", |(url, _)| url.as_str());
                ok(
                    json!({ "url": url, "has_custom_certificate": false, "pending_update_count": self.updates.len() }),
                )
            }
            "sendmessage" | "senddocument" | "sendphoto" => self.sent(body),
            "editmessagetext" => ok(json!({
                "message_id": body["message_id"], "date": 1_700_000_000, "text": body["text"],
                "chat": { "id": body["chat_id"], "type": "private", "first_name": "Ada" },
            })),
            "getfile" => {
                let id = body["file_id"].as_str().unwrap_or_default();
                let size = contents(id).len();
                ok(
                    json!({ "file_id": id, "file_unique_id": id, "file_size": size, "file_path": id }),
                )
            }
            "sendchataction" | "deletemessage" | "answercallbackquery" => ok(json!(true)),
            _ => no(404, "Not Found", Value::Null),
        }
    }

    fn sent(&mut self, body: &Value) -> Answer {
        if body["chat_id"].is_null() {
            return no(400, "Bad Request: chat_id is empty", Value::Null);
        }
        // What a message's HTML may be is checked where it is made; here, that it is not nonsense.
        if body["parse_mode"] == "HTML"
            && body["text"]
                .as_str()
                .is_some_and(|text| text.contains("<x>"))
        {
            return no(
                400,
                "Bad Request: can't parse entities: Unsupported start tag \"x\"",
                Value::Null,
            );
        }
        if let Some((text, seconds)) = &self.throttled
            && body["text"] == **text
        {
            return no(
                429,
                "Too Many Requests: retry later",
                json!({ "retry_after": seconds }),
            );
        }
        self.last_message += 1;
        ok(json!({
            "message_id": self.last_message, "date": 1_700_000_000, "text": body["text"],
            "from": { "id": 424_242, "is_bot": true, "first_name": "Fake Helper", "username": USERNAME },
            "chat": { "id": body["chat_id"], "type": "private", "first_name": "Ada" },
        }))
    }
}

/// What stands in a file, which is named by it.
fn contents(id: &str) -> String {
    match id {
        "huge" => "x".repeat(9 << 20),
        id => format!("contents of {id}"),
    }
}

async fn file(Path((bot, id)): Path<(String, String)>) -> Result<String, StatusCode> {
    match bot == format!("bot{TOKEN}") {
        true => Ok(contents(&id)),
        false => Err(StatusCode::NOT_FOUND),
    }
}

/// `getUpdates`: at once where there is something, else when there is, else after the time that was asked for.
async fn poll(shared: &Shared, body: &Value) -> Answer {
    let number = |name: &str, usual: u64| {
        let value = &body[name];
        value
            .as_i64()
            .or_else(|| value.as_str()?.parse().ok())
            .map_or(usual, |number| u64::try_from(number).unwrap_or(0))
    };
    let offset = i64::try_from(number("offset", 0)).unwrap_or(0);
    let limit = usize::try_from(number("limit", 100)).unwrap_or(100);
    let until = Instant::now() + Duration::from_secs(number("timeout", 0).min(50));
    let mine = {
        let mut inner = shared.inner.lock().unwrap();
        if inner.webhook.is_some() {
            let why = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
            return no(409, why, Value::Null);
        }
        inner
            .updates
            .retain(|update| update["update_id"].as_i64() >= Some(offset));
        inner.poll += 1;
        inner.poll
    };
    shared.changed.notify_waiters();
    loop {
        let changed = shared.changed.notified();
        {
            let inner = shared.inner.lock().unwrap();
            if inner.webhook.is_some() {
                let why = "Conflict: terminated by setWebhook request";
                return no(409, why, Value::Null);
            }
            if inner.poll != mine {
                let why = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
                return no(409, why, Value::Null);
            }
            if inner.is_revoked {
                return no(401, "Unauthorized", Value::Null);
            }
            if !inner.updates.is_empty() || Instant::now() >= until {
                let some: Vec<_> = inner.updates.iter().take(limit).cloned().collect();
                return ok(json!(some));
            }
        }
        let _ = tokio::time::timeout_at(until, changed).await;
    }
}
