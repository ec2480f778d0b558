//! A server that agents ask: a real one on the loopback, which does what its paths are called.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use tokio::task::JoinHandle;

/// One request that came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) uri: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

type Kept = Arc<Mutex<Vec<Asked>>>;

pub(super) struct Server {
    address: SocketAddr,
    asked: Kept,
    server: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start() -> Server {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Kept::default();
        let app = Router::new()
            .route(
                "/moved",
                get(|| async { Redirect::temporary("https://localhost:1/inside") }),
            )
            .route("/large", get(|| async { vec![b'x'; 9 << 20] }))
            .route("/slow", get(slow))
            .route("/never", get(std::future::pending::<()>))
            .route("/cut", get(cut))
            .route("/lost", any(lost))
            .route("/busy", any(|| async { StatusCode::SERVICE_UNAVAILABLE }))
            .route("/packed", get(packed))
            .fallback(any(echo))
            .with_state(asked.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.unwrap();
        });
        Server {
            address,
            asked,
            server,
        }
    }

    /// As an owner allows it.
    pub(super) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All that it was asked by `echo`.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn last(&self) -> Asked {
        self.asked().pop().expect("something was asked")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Says again what it was asked: the authorization in a header, in the body as it is and in base64, and the body.
async fn echo(
    State(asked): State<Kept>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    asked.lock().unwrap().push(Asked {
        method: method.clone(),
        uri: uri.to_string(),
        headers: headers.clone(),
        body: body.clone(),
    });
    let shown = headers.get("authorization").cloned();
    let shown = shown.unwrap_or(HeaderValue::from_static("nothing"));
    let packed = STANDARD.encode([b"user:", shown.as_bytes()].concat());
    let text = format!("{method} {uri} {} {packed} {body}", shown.to_str().unwrap());
    ([("x-told", shown)], text).into_response()
}

/// Does the same, and says nothing of it to whoever is the first to ask anything of the server.
async fn lost(
    asked: State<Kept>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let is_first = asked.lock().unwrap().is_empty();
    let answer = echo(asked, method, uri, headers, body).await;
    if is_first {
        std::future::pending::<()>().await;
    }
    answer
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    "at last"
}

/// Promises more than it sends.
async fn cut() -> Response {
    let half = stream::iter([
        Ok(Bytes::from_static(b"half")),
        Err(std::io::Error::other("the rest is lost")),
    ]);
    ([("content-length", "1000")], Body::from_stream(half)).into_response()
}

async fn packed() -> Response {
    ([("content-encoding", "gzip")], "whatever").into_response()
}
