//! A collector of traces: OTLP over HTTP, in protobuf, as far as spans go.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message;
use tokio::task::JoinHandle;

use crate::wait::{LONG, wait_for};

const PROTOBUF: &str = "application/x-protobuf";

/// What it does with a request.
#[derive(Clone, Copy, Debug, Default)]
pub enum Behaviour {
    /// Takes it.
    #[default]
    Take,
    /// Answers with this status.
    Status(u16),
    /// Never answers.
    Hang,
}

/// A span that came.
#[derive(Clone, Debug)]
pub struct Span {
    /// Its trace, in hex.
    pub trace: String,
    /// Its id, in hex.
    pub id: String,
    /// The span that it is a part of, in hex; empty of one that is none.
    pub parent: String,
    /// Its name.
    pub name: String,
    /// What is known of it, as text.
    pub attributes: BTreeMap<String, String>,
    /// Whether it went wrong.
    pub is_error: bool,
    /// What is known of the process that it is of.
    pub resource: BTreeMap<String, String>,
}

impl Span {
    /// What is known of it by a name; empty where that is nothing.
    pub fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

#[derive(Default)]
struct Inner {
    behaviour: Behaviour,
    requests: usize,
    spans: Vec<Span>,
    raw: Vec<u8>,
}

/// The collector.
pub struct Collector {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    server: JoinHandle<()>,
}

impl Collector {
    /// One that takes everything.
    pub async fn start() -> Collector {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("its address");
        let inner = Arc::new(Mutex::new(Inner::default()));
        let app = Router::new()
            .route("/v1/traces", post(taken))
            .with_state(inner.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Collector {
            address,
            inner,
            server,
        }
    }

    /// Its base address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Does this with every request from now on.
    pub fn always(&self, behaviour: Behaviour) {
        self.inner.lock().unwrap().behaviour = behaviour;
    }

    /// The requests that came, whatever was answered.
    pub fn requests(&self) -> usize {
        self.inner.lock().unwrap().requests
    }

    /// The spans that it took.
    pub fn spans(&self) -> Vec<Span> {
        self.inner.lock().unwrap().spans.clone()
    }

    /// Whether these words were in anything that it took, also where nobody looks.
    pub fn has_heard(&self, words: &str) -> bool {
        let inner = self.inner.lock().unwrap();
        let mut windows = inner.raw.windows(words.len());
        windows.any(|window| window == words.as_bytes())
    }

    /// Waits for a span.
    pub async fn wait_for(&self, what: &str, is_it: impl Fn(&Span) -> bool) -> Span {
        wait_for(LONG, what, async || self.spans().into_iter().find(&is_it)).await
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn taken(
    State(inner): State<Arc<Mutex<Inner>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let behaviour = {
        let mut inner = inner.lock().unwrap();
        inner.requests += 1;
        inner.behaviour
    };
    match behaviour {
        Behaviour::Take => {}
        Behaviour::Status(status) => {
            return StatusCode::from_u16(status)
                .expect("a status")
                .into_response();
        }
        Behaviour::Hang => std::future::pending().await,
    }
    let is_protobuf = headers.get(CONTENT_TYPE).is_some_and(|is| is == PROTOBUF);
    if !is_protobuf || headers.contains_key(CONTENT_ENCODING) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let Ok(request) = ExportTraceServiceRequest::decode(body.clone()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut inner = inner.lock().unwrap();
    inner.raw.extend_from_slice(&body);
    inner.spans.extend(spans_of(request));
    let answer = ExportTraceServiceResponse::default().encode_to_vec();
    ([(CONTENT_TYPE, PROTOBUF)], answer).into_response()
}

fn spans_of(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for of_resource in request.resource_spans {
        let resource = attributes(of_resource.resource.unwrap_or_default().attributes);
        for of_scope in of_resource.scope_spans {
            spans.extend(of_scope.spans.into_iter().map(|span| Span {
                trace: hex::encode(span.trace_id),
                id: hex::encode(span.span_id),
                parent: hex::encode(span.parent_span_id),
                name: span.name,
                attributes: attributes(span.attributes),
                is_error: span.status.is_some_and(|status| status.code == 2),
                resource: resource.clone(),
            }));
        }
    }
    spans
}

fn attributes(pairs: Vec<KeyValue>) -> BTreeMap<String, String> {
    let pair = |pair: KeyValue| (pair.key, text(pair.value));
    pairs.into_iter().map(pair).collect()
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(is)) => is.to_string(),
        other => format!("{other:?}"),
    }
}
