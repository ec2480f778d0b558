//! A callback is the endpoint of a messaging product, to which the host delivers: a real server on the loopback that
//! remembers what came and can be told to behave badly.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::wait::{Limit, wait_for};

/// What the endpoint does with a request.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Answers with this status.
    Status(u16),
    /// Answers with this status and a header.
    With(u16, &'static str, String),
    /// Accepts after this long.
    Slow(Duration),
    /// Never answers.
    Hang,
}

/// One request that came.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, byte for byte.
    pub body: Bytes,
    /// When it came.
    pub at: Instant,
}

impl Received {
    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        let value = self
            .headers
            .get(name)
            .unwrap_or_else(|| panic!("no header {name} in {:?}", self.headers));
        value.to_str().expect("a header of text")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// What is to be shown to the person.
    pub fn text(&self) -> String {
        self.json()["message"]
            .as_str()
            .expect("a message")
            .to_owned()
    }
}

#[derive(Default)]
struct Inner {
    received: Vec<Received>,
    next: VecDeque<Behaviour>,
    then: Option<Behaviour>,
}

/// The endpoint.
pub struct Callback {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    server: JoinHandle<()>,
}

impl Callback {
    /// One that accepts everything.
    pub async fn start() -> Callback {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("its address");
        let inner = Arc::new(Mutex::new(Inner::default()));
        let app = Router::new().fallback(receive).with_state(inner.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Callback {
            address,
            inner,
            server,
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}/callback", self.address)
    }

    /// What it does with the next requests, in order; afterwards it does as usual.
    pub fn next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.inner.lock().unwrap().next.extend(behaviours);
    }

    /// What it does with every request from now on.
    pub fn always(&self, behaviour: Behaviour) {
        self.inner.lock().unwrap().then = Some(behaviour);
    }

    /// Everything that came so far, whatever was answered.
    pub fn received(&self) -> Vec<Received> {
        self.inner.lock().unwrap().received.clone()
    }

    /// Waits until so many requests have come, and returns all.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        self.wait_until(&format!("{count} deliveries"), |received| {
            received.len() >= count
        })
        .await
    }

    /// Waits until what came is enough.
    pub async fn wait_until(
        &self,
        what: &str,
        enough: impl Fn(&[Received]) -> bool,
    ) -> Vec<Received> {
        let found = wait_for(Limit(Duration::from_secs(60)), what, async || {
            let received = self.received();
            enough(&received).then_some(received)
        });
        found.await
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(
    State(inner): State<Arc<Mutex<Inner>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let behaviour = {
        let mut inner = inner.lock().unwrap();
        inner.received.push(Received {
            headers,
            body,
            at: Instant::now(),
        });
        inner
            .next
            .pop_front()
            .or_else(|| inner.then.clone())
            .unwrap_or(Behaviour::Status(200))
    };
    let answer =
        |status: u16| Response::builder().status(StatusCode::from_u16(status).expect("a status"));
    let answer = match behaviour {
        Behaviour::Status(status) => answer(status),
        Behaviour::With(status, name, value) => answer(status).header(name, value),
        Behaviour::Slow(time) => {
            tokio::time::sleep(time).await;
            answer(200)
        }
        Behaviour::Hang => std::future::pending().await,
    };
    answer.body(Body::empty()).expect("a response")
}
