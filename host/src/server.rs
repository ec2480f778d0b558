//! The server: takes connections, as many as the operator allows, and has the router answer what they ask. No peer can
//! hold a connection by doing nothing with it: a request's head, each piece of its body and each piece of an answer has
//! to get through within a time.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::{ServiceExt, service_fn};
use tower_http::timeout::RequestBodyTimeoutLayer;

use self::held::Held;
use crate::config::Web;
use crate::supervisor::Supervisor;

mod held;
#[cfg(test)]
mod tests;

/// How long it waits where the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(500);

/// A server that was not started yet.
pub(crate) struct Server {
    listener: TcpListener,
    router: Router,
    connections: usize,
    idle: Duration,
    tasks: Supervisor,
}

impl Server {
    pub(crate) fn new(listener: TcpListener, router: Router, web: &Web, tasks: Supervisor) -> Self {
        Self {
            listener,
            router: router.layer(RequestBodyTimeoutLayer::new(web.idle)),
            connections: web.connections.into(),
            idle: web.idle,
            tasks,
        }
    }

    /// Serves until the process is asked to stop, and then until the last request is answered.
    pub(crate) async fn serve(self) {
        let places = Arc::new(Semaphore::new(self.connections));
        loop {
            // Who finds no place waits in the system's own queue.
            let place = tokio::select! {
                place = places.clone().acquire_owned() => place,
                () = self.tasks.stopping() => break,
            };
            let (stream, peer) = tokio::select! {
                accepted = self.accept() => accepted,
                () = self.tasks.stopping() => break,
            };
            let Ok(place) = place else { break };
            let (router, idle, tasks) = (self.router.clone(), self.idle, self.tasks.clone());
            self.tasks.spawn("connection", async move {
                converse(Held::new(stream, place), peer, router, idle, &tasks).await;
            });
        }
        // The port is free for whoever comes next while the last answers are written.
        drop(self.listener);
        let all = u32::try_from(self.connections).unwrap_or(u32::MAX);
        let _ = places.acquire_many(all).await;
    }

    async fn accept(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    prepare(&stream, self.idle);
                    return (stream, peer);
                }
                // A peer that gave up while it waited.
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "no connection can be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// A refusal of one of these costs some latency, or a peer that is gone for good is noticed later.
fn prepare(stream: &TcpStream, idle: Duration) {
    let _ = stream.set_nodelay(true);
    let socket = socket2::SockRef::from(stream);
    let _ = socket.set_tcp_keepalive(&socket2::TcpKeepalive::new().with_time(idle));
    // How long what we have written may stay unread.
    let _ = socket.set_tcp_user_timeout(Some(idle));
}

/// Answers the requests of one connection, one after another; a connection that becomes a WebSocket keeps its place.
async fn converse(
    stream: Held,
    peer: SocketAddr,
    router: Router,
    idle: Duration,
    tasks: &Supervisor,
) {
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move {
            Ok::<_, Infallible>(
                router
                    .oneshot(request)
                    .await
                    .unwrap_or_else(|never| match never {}),
            )
        }
    });
    // Not the builder that finds out the version first: that one waits for as long as a peer says nothing.
    let connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = tasks.stopping() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // A peer that went away, or spoke something else than HTTP.
        tracing::debug!(%peer, error = &error as &dyn std::error::Error, "a connection ended early");
    }
}
