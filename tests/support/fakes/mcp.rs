//! A server of tools that speaks MCP over streamable HTTP, without sessions. It has one tool, `say`, which says its argument again,
//! unless a test tells it what to do with what it is asked next.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// What it does with a request of a method.
#[derive(Clone, Debug)]
pub enum Act {
    /// Answers with this result.
    Result(Value),
    /// Answers with an error of a code.
    Error(i64, &'static str),
    /// Answers with a status, a content type and a body, whatever they are.
    Raw(u16, &'static str, String),
    /// Answers with the result of another request.
    Other(Value),
    /// Streams what comes before an answer, and no answer.
    Unanswered,
    /// Breaks off in the midst of its answer.
    Cut,
    /// Leaves it unanswered for so long, and answers as ever.
    Slow(Duration),
    /// Sends it elsewhere.
    Redirect(String),
}

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method of JSON-RPC.
    pub method: String,
    /// Its parameters.
    pub params: Value,
    /// What it was asked with.
    pub authorization: Option<String>,
}

#[derive(Default)]
struct Inner {
    next: VecDeque<(&'static str, Act)>,
    tools: Option<Value>,
    asked: Vec<Asked>,
}

/// The server.
pub struct Mcp {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    server: JoinHandle<()>,
}

impl Mcp {
    /// One that does as it should.
    pub async fn start() -> Mcp {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("its address");
        let inner = Arc::new(Mutex::new(Inner::default()));
        let app = Router::new()
            .route("/mcp", post(asked))
            .with_state(inner.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Mcp {
            address,
            inner,
            server,
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// Does this with the next requests of a method, one after the other.
    pub fn next(&self, method: &'static str, acts: impl IntoIterator<Item = Act>) {
        let acts = acts.into_iter().map(|act| (method, act));
        self.inner.lock().unwrap().next.extend(acts);
    }

    /// Has these tools from now on.
    pub fn has(&self, tools: Value) {
        self.inner.lock().unwrap().tools = Some(tools);
    }

    /// All that it was asked.
    pub fn asked(&self) -> Vec<Asked> {
        self.inner.lock().unwrap().asked.clone()
    }

    /// How often it was asked by a method.
    pub fn times(&self, method: &str) -> usize {
        let inner = self.inner.lock().unwrap();
        let asked = inner.asked.iter();
        asked.filter(|asked| asked.method == method).count()
    }
}

impl Drop for Mcp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn asked(
    State(inner): State<Arc<Mutex<Inner>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (method, params) = (body["method"].as_str().unwrap_or_default(), &body["params"]);
    let authorization = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let (act, tools) = {
        let mut inner = inner.lock().unwrap();
        inner.asked.push(Asked {
            method: method.to_owned(),
            params: params.clone(),
            authorization: authorization.map(str::to_owned),
        });
        let place = inner.next.iter().position(|(of, _)| *of == method);
        let act = place.and_then(|place| inner.next.remove(place));
        (act.map(|(_, act)| act), inner.tools.clone())
    };
    let Some(id) = body.get("id") else {
        return StatusCode::ACCEPTED.into_response();
    };
    match act {
        Some(Act::Slow(time)) => tokio::time::sleep(time).await,
        Some(act) => return done(act, id),
        None => {}
    }
    answered(method, params, id, tools)
}

fn answered(method: &str, params: &Value, id: &Value, tools: Option<Value>) -> Response {
    match method {
        "initialize" => result(
            id,
            &json!({
                "protocolVersion": params["protocolVersion"], "capabilities": { "tools": {} },
                "serverInfo": { "name": "fake", "version": "1" }
            }),
        ),
        "ping" => result(id, &json!({})),
        "tools/list" => {
            let say = json!([{
                "name": "say", "description": "Says it again",
                "inputSchema": { "type": "object", "properties": { "text": { "type": "string" } } }
            }]);
            result(id, &json!({ "tools": tools.unwrap_or(say) }))
        }
        "tools/call" if params["name"] == "nothing" => error(id, -32602, "there is no such tool"),
        "tools/call" => {
            let text = params["arguments"]["text"].as_str().unwrap_or_default();
            result(
                id,
                &json!({ "content": [{ "type": "text", "text": text }], "isError": false }),
            )
        }
        _ => error(id, -32601, "there is no such method"),
    }
}

fn done(act: Act, id: &Value) -> Response {
    match act {
        Act::Result(value) => result(id, &value),
        Act::Error(code, message) => error(id, code, message),
        Act::Raw(status, kind, body) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [("content-type", kind)], body).into_response()
        }
        Act::Other(other) => result(&other, &json!({ "content": [] })),
        Act::Unanswered => {
            let told = json!({
                "jsonrpc": "2.0", "method": "notifications/message", "params": { "level": "info", "data": "soon" }
            });
            let event = format!("data: {told}\n\n");
            ([("content-type", "text/event-stream")], event).into_response()
        }
        Act::Cut => {
            let broken = Err(std::io::Error::other("cut"));
            let parts = [Ok(Bytes::from("{\"jsonrpc\": \"2.0\", ")), broken];
            let body = Body::from_stream(stream::iter(parts));
            ([("content-type", "application/json")], body).into_response()
        }
        Act::Slow(_) => unreachable!("it is answered as ever"),
        Act::Redirect(to) => (StatusCode::TEMPORARY_REDIRECT, [("location", to)]).into_response(),
    }
}

fn result(id: &Value, result: &Value) -> Response {
    axum::Json(json!({ "jsonrpc": "2.0", "id": id, "result": result })).into_response()
}

fn error(id: &Value, code: i64, message: &str) -> Response {
    let error = json!({ "code": code, "message": message });
    axum::Json(json!({ "jsonrpc": "2.0", "id": id, "error": error })).into_response()
}
