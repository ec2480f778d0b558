//! The gateway: one task a connection.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::{APPLICATION, BOT, Order, Session, Shared, TOKEN, USERNAME};

/// What takes the owner's word.
const CONTENT: u64 = 1 << 15;

pub(super) async fn open(State(shared): State<Arc<Shared>>, upgrade: WebSocketUpgrade) -> Response {
    if shared.lock().is_down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    upgrade.on_upgrade(move |socket| async move {
        Connection {
            shared,
            socket,
            session: None,
            sent: 0,
        }
        .run()
        .await;
    })
}

struct Connection {
    shared: Arc<Shared>,
    socket: WebSocket,
    session: Option<String>,
    /// The last event that was sent here: those that were replayed are not sent twice.
    sent: u64,
}

impl Connection {
    async fn run(mut self) {
        let mut orders = self.shared.orders.subscribe();
        let heartbeat = self.shared.lock().heartbeat;
        self.send(
            json!({ "op": 10, "s": null, "t": null, "d": { "heartbeat_interval": heartbeat } }),
        )
        .await;
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Ok(Order::Event(session, frame)) => {
                        if self.session.as_ref() == Some(&session) {
                            self.event(&frame).await;
                        }
                    }
                    Ok(Order::Frame(frame)) => self.send_text(frame).await,
                    Ok(Order::Close(code)) => return self.close(code).await,
                    Ok(Order::Cut) | Err(RecvError::Closed) => return,
                    Err(RecvError::Lagged(_)) => panic!("too many orders at once"),
                },
                heard = self.socket.recv() => {
                    let Some(Ok(Message::Text(text))) = heard else { return };
                    let said: Value = serde_json::from_str(&text).expect("JSON");
                    match said["op"].as_u64() {
                        Some(1) => self.heartbeat(&said["d"]).await,
                        Some(2) => {
                            if !self.identify(said).await {
                                return;
                            }
                        }
                        Some(6) => {
                            if !self.resume(said).await {
                                return;
                            }
                        }
                        _ => return self.close(4001).await,
                    }
                }
            }
        }
    }

    async fn heartbeat(&mut self, sequence: &Value) {
        let is_deaf = {
            let mut inner = self.shared.lock();
            inner.heartbeats.push(sequence.clone());
            inner.is_deaf
        };
        if !is_deaf {
            self.send(json!({ "op": 11, "s": null, "t": null, "d": null }))
                .await;
        }
    }

    /// Whether the connection goes on.
    async fn identify(&mut self, said: Value) -> bool {
        let refused = {
            let mut inner = self.shared.lock();
            let (token, intents) = (said["d"]["token"].clone(), said["d"]["intents"].as_u64());
            inner.greetings.push(said);
            inner.remaining -= 1;
            match intents {
                _ if token != TOKEN || inner.is_revoked => Some(4004),
                Some(intents) if intents & CONTENT != 0 && inner.refuses_content => Some(4014),
                Some(_) => None,
                None => Some(4002),
            }
        };
        if let Some(code) = refused {
            self.close(code).await;
            return false;
        }
        let (name, ready) = {
            let mut inner = self.shared.lock();
            let name = format!("session-{}", inner.id());
            let ready = json!({ "op": 0, "s": 1, "t": "READY", "d": {
                "v": 10, "session_id": name, "session_type": "normal", "guilds": [],
                "resume_gateway_url": format!("ws://{}/resume/", inner.gateway(self.shared.address)), "shard": [0, 1],
                "user": { "id": BOT, "username": USERNAME, "bot": true, "discriminator": "0", "avatar": null },
                "application": { "id": APPLICATION, "flags": inner.flags },
            } });
            let events = vec![(1, ready.to_string())];
            inner.sessions.insert(name.clone(), Session { events });
            (name, ready)
        };
        self.session = Some(name);
        self.sent = 1;
        self.send(ready).await;
        true
    }

    /// Whether the connection goes on.
    async fn resume(&mut self, said: Value) -> bool {
        let (name, after) = (said["d"]["session_id"].clone(), said["d"]["seq"].as_u64());
        let name = name.as_str().unwrap_or_default().to_owned();
        let missed = {
            let mut inner = self.shared.lock();
            let token = said["d"]["token"].clone();
            inner.greetings.push(said);
            if token != TOKEN || inner.is_revoked {
                None
            } else {
                Some(inner.sessions.get(&name).map(|session| {
                    let missed = session.events.iter().filter(|(s, _)| Some(*s) > after);
                    missed.map(|(_, frame)| frame.clone()).collect::<Vec<_>>()
                }))
            }
        };
        let Some(missed) = missed else {
            self.close(4004).await;
            return false;
        };
        let Some(missed) = missed else {
            self.send(json!({ "op": 9, "s": null, "t": null, "d": false }))
                .await;
            return true;
        };
        self.sent = after.unwrap_or(0);
        self.session = Some(name);
        for frame in missed {
            self.event(&frame).await;
        }
        let sequence = self.sent;
        self.send(json!({ "op": 0, "s": sequence, "t": "RESUMED", "d": { "_trace": [] } }))
            .await;
        true
    }

    async fn event(&mut self, frame: &str) {
        let sequence = serde_json::from_str::<Value>(frame).expect("JSON")["s"].as_u64();
        if sequence > Some(self.sent) {
            self.sent = sequence.unwrap_or(0);
            self.send_text(frame.to_owned()).await;
        }
    }

    async fn send(&mut self, frame: Value) {
        self.send_text(frame.to_string()).await;
    }

    async fn send_text(&mut self, frame: String) {
        // Who has gone hears nothing.
        let _ = self.socket.send(Message::Text(frame.into())).await;
    }

    async fn close(&mut self, code: u16) {
        let frame = CloseFrame {
            code,
            reason: "".into(),
        };
        let _ = self.socket.send(Message::Close(Some(frame))).await;
    }
}
