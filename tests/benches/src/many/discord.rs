//! As much of Discord as many bots take: a gateway that tells of messages, and the requests that answer them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use axum::routing::{any, get};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::Open;

const BOTS: usize = 900_000_000_000_000_000;
const KEY: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
/// What the owner of a small bot has switched on: it is given the texts of messages.
const CONTENT: u64 = 1 << 19;

/// The bots.
#[derive(Clone)]
pub(super) struct Discord(Arc<Shared>);

struct Shared {
    address: Mutex<String>,
    said: AtomicUsize,
    bots: Vec<Bot>,
    open: Open,
}

#[derive(Default)]
struct Bot(Mutex<Option<mpsc::Sender<Value>>>);

impl Bot {
    fn listener(&self) -> Option<mpsc::Sender<Value>> {
        let listener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listener.clone().filter(|listener| !listener.is_closed())
    }
}

/// The token of a bot.
pub(super) fn token(place: usize) -> String {
    format!("{place:05}.GfAkEd.bench-token-of-a-bot_0123456789")
}

fn place(token: &str) -> Option<usize> {
    token.split('.').next()?.parse().ok()
}

impl Discord {
    pub(super) fn new(bots: usize) -> Discord {
        Discord(Arc::new(Shared {
            address: Mutex::default(),
            said: AtomicUsize::new(0),
            bots: (0..bots).map(|_| Bot::default()).collect(),
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
            .route("/gateway/", get(opened))
            .route("/api/v10/{*path}", any(called))
            .with_state(self.clone())
    }

    fn gateway(&self) -> String {
        let address = self
            .0
            .address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        format!("ws://{address}/gateway/")
    }

    /// Bots that someone listens as.
    pub(super) fn listeners(&self) -> usize {
        let bots = self.0.bots.iter();
        bots.filter(|bot| bot.listener().is_some()).count()
    }

    /// Someone writes to a bot.
    pub(super) fn say(&self, place: usize) -> oneshot::Receiver<Duration> {
        let number = self.0.said.fetch_add(1, Ordering::Relaxed) + 1;
        let text = format!("the lazy dog {number}");
        let message = json!({
            "id": (BOTS + number).to_string(), "channel_id": (700_000 + place).to_string(), "type": 0, "content": text,
            "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": null, "tts": false, "mention_everyone": false,
            "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "pinned": false,
            "author": { "id": "42", "username": "ada", "global_name": "Ada", "discriminator": "0", "avatar": null },
        });
        let waits = self.0.open.said(&text);
        if let Some(listener) = self.0.bots.get(place).and_then(Bot::listener) {
            // Whoever is behind by so many is answered late, which is seen.
            let _ = listener.try_send(message);
        }
        waits
    }

    async fn talk(&self, mut socket: WebSocket) -> Option<()> {
        let hello =
            json!({ "op": 10, "s": null, "t": null, "d": { "heartbeat_interval": 41_250 } });
        send(&mut socket, &hello).await?;
        let (sender, mut events) = mpsc::channel(64);
        let mut sequence = 0;
        loop {
            tokio::select! {
                event = events.recv() => {
                    sequence += 1;
                    send(&mut socket, &json!({ "op": 0, "s": sequence, "t": "MESSAGE_CREATE", "d": event? })).await?;
                }
                heard = socket.recv() => {
                    let Message::Text(text) = heard?.ok()? else { return None };
                    let said: Value = serde_json::from_str(&text).ok()?;
                    match said.get("op").and_then(Value::as_u64) {
                        Some(1) => send(&mut socket, &json!({ "op": 11, "s": null, "t": null, "d": null })).await?,
                        Some(2) => {
                            let place = place(said.pointer("/d/token")?.as_str()?)?;
                            sequence = 1;
                            send(&mut socket, &self.ready(place)).await?;
                            let mut listener = self.0.bots.get(place)?.0.lock().unwrap_or_else(PoisonError::into_inner);
                            *listener = Some(sender.clone());
                        }
                        // No session outlives its connection here.
                        _ => send(&mut socket, &json!({ "op": 9, "s": null, "t": null, "d": false })).await?,
                    }
                }
            }
        }
    }

    fn ready(&self, place: usize) -> Value {
        json!({ "op": 0, "s": 1, "t": "READY", "d": {
            "v": 10, "session_id": format!("session-{place}"), "session_type": "normal", "guilds": [],
            "resume_gateway_url": self.gateway(), "shard": [0, 1], "user": user(place),
            "application": { "id": (BOTS + place).to_string(), "flags": CONTENT },
        } })
    }
}

async fn send(socket: &mut WebSocket, frame: &Value) -> Option<()> {
    let frame = Message::Text(frame.to_string().into());
    socket.send(frame).await.ok()
}

async fn opened(State(discord): State<Discord>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |socket| {
        // It ends when the host closes it.
        let _ = discord.talk(socket).await;
    })
}

async fn called(
    State(discord): State<Discord>,
    method: Method,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Json<Value>) {
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|token| token.to_str().ok());
    let place = token.and_then(|token| place(token.strip_prefix("Bot ")?));
    let segments: Vec<&str> = path.split('/').collect();
    let body: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
    let answer = match (method.as_str(), segments.as_slice(), place) {
        ("GET", ["users", "@me"], Some(place)) => user(place),
        ("GET", ["applications", "@me"], Some(place)) => json!({
            "id": (BOTS + place).to_string(), "name": "Bench", "verify_key": KEY, "flags": CONTENT
        }),
        ("GET", ["gateway", "bot"], Some(_)) => json!({
            "url": discord.gateway(), "shards": 1, "session_start_limit": {
                "total": 1000, "remaining": 1000, "reset_after": 60_000, "max_concurrency": 1 }
        }),
        ("GET", ["channels", _, "messages"], Some(_)) => json!([]),
        ("POST", ["channels", chat, "messages"], Some(_)) => {
            let text = body.get("content").and_then(Value::as_str);
            discord.0.open.answered(text.unwrap_or_default());
            json!({ "id": "1", "channel_id": chat, "content": text, "type": 0 })
        }
        ("POST", ["channels", _, "typing"], Some(_)) => Value::Null,
        (.., None) => {
            return (
                StatusCode::UNAUTHORIZED,
                Json(json!({ "message": "401: Unauthorized", "code": 0 })),
            );
        }
        _ => {
            return (
                StatusCode::NOT_FOUND,
                Json(json!({ "message": "404: Not Found", "code": 0 })),
            );
        }
    };
    (StatusCode::OK, Json(answer))
}

fn user(place: usize) -> Value {
    json!({ "id": (BOTS + place).to_string(), "username": format!("bench{place}"), "bot": true, "discriminator": "0", "avatar": null })
}
