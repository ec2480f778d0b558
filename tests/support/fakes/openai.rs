//! A provider of language models that speaks OpenAI's wire format, streaming included. It says again what it was asked, unless
//! a test tells it what to do with the next questions.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// What it does with a question.
#[derive(Clone, Debug)]
pub enum Act {
    /// Says this.
    Say(String),
    /// Calls a tool with arguments.
    Call(&'static str, &'static str),
    /// Answers with a status, a `Retry-After` and a body.
    Status(u16, Option<&'static str>, String),
    /// Answers 200 with this body, whatever it is.
    Raw(String),
    /// Waits before it says this.
    Slow(Duration, String),
    /// Says a part of this and breaks off, streaming or not.
    Cut(String),
    /// Says it a word at a time with so long between two words, where it streams.
    Drip(Duration, String),
    /// Says in the midst of a stream that it failed.
    Fail(String),
}

/// One question.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The path with its query.
    pub path: String,
    /// What it was asked with.
    pub authorization: Option<String>,
    /// What the question is called.
    pub name: Option<String>,
    /// The body.
    pub body: Value,
}

#[derive(Default)]
struct Inner {
    next: VecDeque<Act>,
    asked: Vec<Asked>,
}

/// The provider.
pub struct Openai {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    server: JoinHandle<()>,
}

impl Openai {
    /// One that says again what it is asked.
    pub async fn start() -> Openai {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("its address");
        let inner = Arc::new(Mutex::new(Inner::default()));
        let app = Router::new()
            .route("/v1/chat/completions", post(asked))
            .with_state(inner.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Openai {
            address,
            inner,
            server,
        }
    }

    /// Its address, as providers' are given.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Does this with the next questions, one after the other.
    pub fn next(&self, acts: impl IntoIterator<Item = Act>) {
        self.inner.lock().unwrap().next.extend(acts);
    }

    /// All that it was asked.
    pub fn asked(&self) -> Vec<Asked> {
        self.inner.lock().unwrap().asked.clone()
    }

    /// How often it was asked.
    pub fn times(&self) -> usize {
        self.inner.lock().unwrap().asked.len()
    }
}

impl Drop for Openai {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn asked(
    State(inner): State<Arc<Mutex<Inner>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let header = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
    let act = {
        let mut inner = inner.lock().unwrap();
        inner.asked.push(Asked {
            path: uri.to_string(),
            authorization: header("authorization"),
            name: header("idempotency-key"),
            body: body.clone(),
        });
        inner.next.pop_front()
    };
    let streams = body["stream"] == true;
    match act.unwrap_or_else(|| Act::Say(again(&body))) {
        Act::Say(text) => said(streams, &text, Duration::ZERO),
        Act::Drip(pause, text) => said(streams, &text, pause),
        Act::Slow(wait, text) => {
            tokio::time::sleep(wait).await;
            said(streams, &text, Duration::ZERO)
        }
        Act::Call(name, arguments) => called(streams, name, arguments),
        Act::Raw(body) => (StatusCode::OK, body).into_response(),
        Act::Status(status, retry_after, body) => {
            let status = StatusCode::from_u16(status).unwrap();
            let retry_after = retry_after.map(|text| [("retry-after", text)]);
            match retry_after {
                Some(headers) => (status, headers, body).into_response(),
                None => (status, body).into_response(),
            }
        }
        Act::Cut(text) => {
            let part = match streams {
                true => event(&json!({ "content": text }), None),
                false => format!("{{\"choices\": [{{\"message\": {{\"content\": \"{text}"),
            };
            let broken = Err(std::io::Error::other("cut"));
            let parts = [Ok(Bytes::from(part)), broken];
            Body::from_stream(stream::iter(parts)).into_response()
        }
        Act::Fail(message) => {
            let error = format!("data: {}\n\n", json!({ "error": { "message": message } }));
            [event(&json!({ "content": "Well, " }), None), error]
                .concat()
                .into_response()
        }
    }
}

/// The last of what was said, as text.
fn again(body: &Value) -> String {
    let last = body["messages"].as_array().and_then(|list| list.last());
    let content = last.map(|message| &message["content"]);
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other[0]["text"].as_str().unwrap_or_default().to_owned(),
        None => String::new(),
    }
}

fn usage(text: &str) -> Value {
    let written = text.split_whitespace().count();
    json!({ "prompt_tokens": 7, "completion_tokens": written, "total_tokens": 7 + written })
}

fn said(streams: bool, text: &str, pause: Duration) -> Response {
    if !streams {
        let message = json!({ "role": "assistant", "content": text, "refusal": null });
        return whole(&message, "stop", text);
    }
    let mut events: Vec<String> = vec![event(&json!({ "role": "assistant", "content": "" }), None)];
    let words = text.split_inclusive(' ');
    events.extend(words.map(|word| event(&json!({ "content": word }), None)));
    events.push(event(&json!({}), Some("stop")));
    streamed(events, text, pause)
}

fn called(streams: bool, name: &str, arguments: &str) -> Response {
    let function = json!({ "name": name, "arguments": arguments });
    let call = json!({ "index": 0, "id": "call_1", "type": "function", "function": function });
    if !streams {
        let message = json!({ "role": "assistant", "content": null, "tool_calls": [call] });
        return whole(&message, "tool_calls", arguments);
    }
    let events = vec![
        event(&json!({ "tool_calls": [call] }), None),
        event(&json!({}), Some("tool_calls")),
    ];
    streamed(events, arguments, Duration::ZERO)
}

fn whole(message: &Value, reason: &str, text: &str) -> Response {
    let choice =
        json!({ "index": 0, "message": message, "finish_reason": reason, "logprobs": null });
    let answer = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_763_680_000, "model": "stub-1",
        "choices": [choice], "usage": usage(text)
    });
    axum::Json(answer).into_response()
}

fn event(delta: &Value, reason: Option<&str>) -> String {
    let choice = json!({ "index": 0, "delta": delta, "finish_reason": reason });
    chunk(&json!([choice]), &Value::Null)
}

fn chunk(choices: &Value, usage: &Value) -> String {
    let chunk = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_763_680_000, "model": "stub-1",
        "choices": choices, "usage": usage
    });
    format!("data: {chunk}\n\n")
}

fn streamed(mut events: Vec<String>, text: &str, pause: Duration) -> Response {
    events.push(chunk(&json!([]), &usage(text)));
    events.push("data: [DONE]\n\n".to_owned());
    let events = stream::unfold(events.into_iter(), move |mut events| async move {
        let event = events.next()?;
        tokio::time::sleep(pause).await;
        Some((Ok::<_, Infallible>(Bytes::from(event)), events))
    });
    let headers = [("content-type", "text/event-stream")];
    (headers, Body::from_stream(events)).into_response()
}
