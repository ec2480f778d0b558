//! `/ws/{persona_id}`: what a persona says to the caller, as she says it.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use serde_json::json;
use tokio::time::{interval, timeout};

use super::failure::Failure;
use crate::auth::{Proof, is_trusted};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::personas;

/// How often a client is asked whether it is there, and how long it may take to read one message.
const PING: Duration = Duration::from_secs(20);
const SEND: Duration = Duration::from_secs(20);
/// Bytes that a client may say at once: nothing of it is read.
const HEARD: usize = 4 << 10;

/// Opens a socket on which she answers what was said with `hear`: `{"type": "chat_message", "persona_id", "content"}`.
#[utoipa::path(
    get,
    path = "/ws/{persona_id}",
    tag = "Personas",
    operation_id = "personas_socket",
    params(("persona_id" = String, Path, description = "Her UUID", example = "6c17c83c-3158-450d-8e43-0e7efea717c1")),
    responses((status = 101, description = "The socket is open"), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn open(
    State(cx): State<Context>,
    proof: Proof,
    Path(persona): Path<String>,
    request: Request,
) -> std::result::Result<Response, Failure> {
    let (mut parts, _) = request.into_parts();
    // A page may open a socket to any host, and the browser sends the cookie along: its Origin tells.
    let public_url = cx.config.web.public_url.as_ref();
    if !is_trusted(&Method::POST, &parts.headers, public_url) {
        let what = "open a socket here from a page of another host".to_owned();
        return Err(Error::Forbidden { what }.into());
    }
    let caller = proof.caller()?;
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &cx).await {
        Ok(upgrade) => upgrade.max_message_size(HEARD),
        Err(_) => {
            let why = "this address is for WebSockets";
            return Err(Failure::with(Error::invalid("upgrade", why), why));
        }
    };
    let texts = personas::watch(&cx, &caller, &persona).await?;
    Ok(upgrade
        .on_upgrade(async move |socket| {
            let tasks = cx.tasks.clone();
            let session = serve(cx, socket, persona, texts);
            // The supervisor waits for it to say goodbye.
            let _ = tasks.spawn("persona-socket", session).await;
        })
        .into_response())
}

async fn serve(
    cx: Context,
    mut socket: WebSocket,
    persona: String,
    texts: impl Stream<Item = Result<String>> + Send,
) {
    let mut texts = Box::pin(texts);
    let mut pings = interval(PING);
    let stopping = cx.tasks.token();
    let goodbye = |code, reason: &'static str| {
        Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        }))
    };
    loop {
        let message = tokio::select! {
            () = stopping.cancelled() => goodbye(1001, "the host is stopping"),
            _ = pings.tick() => Message::Ping(Default::default()),
            heard = socket.recv() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            text = texts.next() => match text {
                Some(Ok(content)) => Message::Text(
                    json!({ "type": "chat_message", "persona_id": persona, "content": content })
                        .to_string()
                        .into(),
                ),
                Some(Err(_)) | None => goodbye(1008, "you may not watch this persona any more"),
            },
        };
        let is_last = matches!(message, Message::Close(_));
        // Who does not read it has gone, or comes back and reads what is stored.
        let sent = timeout(SEND, socket.send(message)).await;
        if is_last || !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}
