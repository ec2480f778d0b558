//! GraphQL over a WebSocket: the `graphql-transport-ws` protocol, which the npm package `graphql-ws` defines (its
//! PROTOCOL.md; the numbers below are its close codes). One task a socket, which owns all that runs on it.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use async_graphql::{Request as Query, Response as Answer, Value};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::UPGRADE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{AbortHandle, SelectAll, abortable};
use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep_until, timeout};

use super::{House, coded, equip, failure, http, root};
use crate::auth::{self, Caller, Client, Proof, is_trusted};
use crate::context::Context;
use crate::request::body::JSON_LIMIT;

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to say who it is.
const INIT: Duration = Duration::from_secs(10);
/// How often a silent client is asked whether it is there, and how long it may be silent.
const PING: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_secs(60);
/// How long a client may take to read one message.
const SEND: Duration = Duration::from_secs(20);
/// Bytes that a socket keeps for reading and for writing while nothing is said: most of what a subscriber costs.
const BUFFER: usize = 4 << 10;
/// Operations that run on one socket.
const MOST: usize = 100;
/// Characters of an operation's id.
const ID: usize = 128;

/// Whether a request wants to become a socket.
pub(super) fn is_asked(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

/// Opens a socket.
pub(super) async fn open(cx: Context, house: House, proof: Proof, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let public_url = cx.config.web.public_url.as_ref();
    // A page may open a socket to any host, and the browser sends the cookie along: its Origin tells.
    if !is_trusted(&Method::POST, &parts.headers, public_url) {
        let message = "a socket is opened by this host's own pages, or by programs";
        return (StatusCode::FORBIDDEN, message).into_response();
    }
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &cx).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    if !upgrade
        .requested_protocols()
        .any(|protocol| protocol == PROTOCOL)
    {
        let message = "this socket speaks the protocol graphql-transport-ws";
        return (StatusCode::BAD_REQUEST, message).into_response();
    }
    let client = proof.client();
    let caller = proof.caller().ok();
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(JSON_LIMIT)
        .max_frame_size(JSON_LIMIT)
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .on_upgrade(async move |socket| {
            let tasks = cx.tasks.clone();
            let session = Session::new(cx, house, client, caller, socket);
            // The supervisor waits for it to say goodbye.
            let _ = tasks.spawn("graphql-socket", session.run()).await;
        })
}

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionInit { payload: Option<Json> },
    Subscribe { id: String, payload: Json },
    Complete { id: String },
    Ping { payload: Option<Json> },
    Pong {},
}

/// An answer on its way, with its fields in the order in which they were asked for.
#[derive(Serialize)]
struct Next<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    payload: &'a Answer,
}

/// Why a socket ends.
struct Close(u16, &'static str);

/// What happens in an operation: an answer, or its end.
type Event = (String, Option<Answer>);

struct Session {
    cx: Context,
    house: House,
    client: Client,
    caller: Option<Caller>,
    socket: WebSocket,
    is_open: bool,
    running: HashMap<String, AbortHandle>,
    events: SelectAll<Pin<Box<dyn Stream<Item = Event> + Send>>>,
    heard: Instant,
}

impl Session {
    fn new(
        cx: Context,
        house: House,
        client: Client,
        caller: Option<Caller>,
        socket: WebSocket,
    ) -> Self {
        Self {
            cx,
            house,
            client,
            caller,
            socket,
            is_open: false,
            running: HashMap::new(),
            events: SelectAll::new(),
            heard: Instant::now(),
        }
    }

    async fn run(mut self) {
        let end = self.serve().await;
        for operation in self.running.values() {
            operation.abort();
        }
        if let Some(Close(code, reason)) = end {
            let frame = CloseFrame {
                code,
                reason: reason.into(),
            };
            // Who does not read it has gone.
            let _ = timeout(SEND, self.socket.send(Message::Close(Some(frame)))).await;
        }
    }

    /// Serves until either side has enough. None where the client has gone.
    async fn serve(&mut self) -> Option<Close> {
        let stopping = self.cx.tasks.token();
        let mut next_ping = Instant::now() + PING;
        loop {
            let patience = if self.is_open {
                self.heard + SILENCE
            } else {
                self.heard + INIT
            };
            let done = tokio::select! {
                () = stopping.cancelled() => Err(Some(Close(1001, "the host is stopping"))),
                () = sleep_until(patience) => Err(Some(self.impatient())),
                () = sleep_until(next_ping), if self.is_open => {
                    next_ping = Instant::now() + PING;
                    self.send(json!({ "type": "ping" })).await
                }
                Some((id, answer)) = self.events.next() => self.tell(id, answer).await,
                heard = self.socket.recv() => match heard {
                    Some(Ok(message)) => self.hear(message).await,
                    Some(Err(_)) | None => Err(None),
                },
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    fn impatient(&self) -> Close {
        if self.is_open {
            Close(1001, "nothing was heard for too long")
        } else {
            Close(4408, "Connection initialisation timeout")
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), Option<Close>> {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Err(None),
            Message::Binary(_) => return Err(Some(Close(4400, "messages are text"))),
            Message::Ping(_) | Message::Pong(_) => {
                self.heard_from();
                return Ok(());
            }
        };
        self.heard_from();
        let Ok(said) = serde_json::from_str(&text) else {
            return Err(Some(Close(
                4400,
                "this is no message of graphql-transport-ws",
            )));
        };
        match said {
            Said::ConnectionInit { payload } => self.init(payload).await,
            Said::Subscribe { id, payload } => self.subscribe(id, payload).await,
            Said::Complete { id } => {
                if let Some(operation) = self.running.remove(&id) {
                    operation.abort();
                }
                Ok(())
            }
            Said::Ping {
                payload: Some(payload),
            } => {
                self.send(json!({ "type": "pong", "payload": payload }))
                    .await
            }
            Said::Ping { payload: None } => self.send(json!({ "type": "pong" })).await,
            Said::Pong {} => Ok(()),
        }
    }

    /// Before it is open only an opening counts.
    fn heard_from(&mut self) {
        if self.is_open {
            self.heard = Instant::now();
        }
    }

    async fn init(&mut self, payload: Option<Json>) -> Result<(), Option<Close>> {
        if self.is_open {
            return Err(Some(Close(4429, "Too many initialisation requests")));
        }
        if let Some(proof) = payload.as_ref().and_then(authorization) {
            self.caller = auth::caller_of(&self.cx, proof, self.client).await.ok();
        }
        if self.caller.is_none() {
            return Err(Some(Close(4403, "Forbidden")));
        }
        self.is_open = true;
        self.heard = Instant::now();
        self.send(json!({ "type": "connection_ack" })).await
    }

    async fn subscribe(&mut self, id: String, payload: Json) -> Result<(), Option<Close>> {
        if !self.is_open {
            return Err(Some(Close(4401, "Unauthorized")));
        }
        if self.running.contains_key(&id) {
            return Err(Some(Close(
                4409,
                "there is an operation of this id already",
            )));
        }
        if id.is_empty() || id.len() > ID {
            return Err(Some(Close(4400, "an id has 1 to 128 characters")));
        }
        let Ok(mut query) = serde_json::from_value::<Query>(payload) else {
            return Err(Some(Close(4400, "the payload is no GraphQL request")));
        };
        if self.running.len() >= MOST {
            let message = format!("{MOST} operations run on this socket: complete one first");
            return self
                .refuse(&id, vec![failure::refused("rate_limited", message)])
                .await;
        }
        let operation = match http::prepare(&self.house, &mut query) {
            Ok(operation) => operation,
            Err(error) => return self.refuse(&id, vec![error]).await,
        };
        let limit = http::time(&self.cx, operation);
        let (query, loads) = equip(query, &self.cx, self.client, self.caller.clone());
        let answers: Pin<Box<dyn Stream<Item = Answer> + Send>> = if operation
            == async_graphql::parser::types::OperationType::Subscription
        {
            loads.drive_stream(self.house.schema(&self.cx).execute_stream(query))
        } else {
            let schema = self.house.schema(&self.cx).clone();
            Box::pin(stream::once(async move {
                timeout(limit, root::run(&schema, query, loads))
                    .await
                    .unwrap_or_else(|_| {
                        Answer::from_errors(vec![failure::refused("timeout", "this took too long")])
                    })
            }))
        };
        let (answers, handle) = abortable(answers);
        let named = id.clone();
        let ended = id.clone();
        let events = answers
            .map(move |answer| (named.clone(), Some(answer)))
            .chain(stream::once(async move { (ended, None) }));
        self.running.insert(id, handle);
        self.events.push(Box::pin(events));
        Ok(())
    }

    async fn tell(&mut self, id: String, answer: Option<Answer>) -> Result<(), Option<Close>> {
        // The client may have completed it: what was on its way is dropped, and so is the end.
        let Some(operation) = self.running.get(&id) else {
            return Ok(());
        };
        if operation.is_aborted() {
            return Ok(());
        }
        let Some(answer) = answer.map(coded) else {
            self.running.remove(&id);
            return self.send(json!({ "type": "complete", "id": id })).await;
        };
        if answer.is_err() && answer.data == Value::Null {
            operation.abort();
            return self.refuse(&id, answer.errors).await;
        }
        let next = Next {
            kind: "next",
            id: &id,
            payload: &answer,
        };
        let text = serde_json::to_string(&next).unwrap_or_default();
        self.send_text(text).await
    }

    /// An operation that did not start, or that ends with errors.
    async fn refuse(
        &mut self,
        id: &str,
        errors: Vec<async_graphql::ServerError>,
    ) -> Result<(), Option<Close>> {
        self.running.remove(id);
        self.send(json!({ "type": "error", "id": id, "payload": errors }))
            .await
    }

    async fn send(&mut self, message: Json) -> Result<(), Option<Close>> {
        self.send_text(message.to_string()).await
    }

    async fn send_text(&mut self, text: String) -> Result<(), Option<Close>> {
        let sending = self.socket.send(Message::Text(text.into()));
        match timeout(SEND, sending).await {
            Ok(Ok(())) => Ok(()),
            // Who reads too slowly comes back and reads what is stored.
            Ok(Err(_)) | Err(_) => Err(None),
        }
    }
}

/// The token that a connection's first message carries.
fn authorization(payload: &Json) -> Option<&str> {
    let fields = payload.as_object()?;
    let field = fields
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let text = field.and_then(|(_, value)| value.as_str())?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
