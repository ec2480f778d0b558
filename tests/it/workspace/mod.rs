//! Agents' files from end to end: what an agent does with them, what its owner does, and what goes in and out with messages.

mod agent;
mod owner;
mod received;
mod sent;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tests::app::Builder;
use tests::{App, Callback, Channel};

/// A host whose agent `hoard` keeps files.
async fn hoarding() -> (App, Callback, Channel) {
    crate::serving("hoard").await
}

async fn hoarding_with(app: Builder) -> (App, Callback, Channel) {
    crate::serving_with(app, "hoard").await
}

/// A site with files, that counts how often each is asked for.
pub(crate) struct Site {
    address: std::net::SocketAddr,
    files: Arc<Mutex<BTreeMap<String, Answer>>>,
}

#[derive(Default)]
struct Answer {
    status: u16,
    content_type: String,
    body: Vec<u8>,
    asked: usize,
}

impl Site {
    pub(crate) async fn start() -> Site {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let files = Arc::new(Mutex::new(BTreeMap::new()));
        let app = Router::new()
            .route("/{*path}", axum::routing::get(answer))
            .with_state(files.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Site { address, files }
    }

    pub(crate) fn put(&self, path: &str, status: u16, content_type: &str, body: &[u8]) -> String {
        let answer = Answer {
            status,
            content_type: content_type.to_owned(),
            body: body.to_vec(),
            asked: 0,
        };
        self.files.lock().unwrap().insert(path.to_owned(), answer);
        format!("http://{}/{path}", self.address)
    }

    pub(crate) fn asked(&self, path: &str) -> usize {
        self.files.lock().unwrap()[path].asked
    }
}

async fn answer(
    State(files): State<Arc<Mutex<BTreeMap<String, Answer>>>>,
    Path(path): Path<String>,
) -> Response {
    let mut files = files.lock().unwrap();
    let Some(answer) = files.get_mut(&path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    answer.asked += 1;
    let headers = [
        ("content-type", answer.content_type.clone()),
        ("location", "/elsewhere".to_owned()),
    ];
    let status = StatusCode::from_u16(answer.status).unwrap();
    (status, headers, answer.body.clone()).into_response()
}
