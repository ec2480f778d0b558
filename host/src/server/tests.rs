//! The server over real sockets, spoken to byte by byte.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::*;

/// Longer than anything here takes that works.
const LONG: Duration = Duration::from_secs(20);
/// Long enough to see that nothing comes.
const SHORT: Duration = Duration::from_millis(200);
const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

struct Running {
    address: SocketAddr,
    tasks: Supervisor,
    slow: Arc<Notify>,
}

async fn running(flags: &[&str]) -> Running {
    let web = crate::config::Config::from_flags(flags.iter().copied())
        .unwrap()
        .web;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tasks, slow) = (Supervisor::default(), Arc::new(Notify::new()));
    let gate = slow.clone();
    let router = Router::new()
        .route(
            "/",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
        )
        .route(
            "/slow",
            get(|| async move {
                gate.notified().await;
                "at last"
            }),
        )
        .route(
            "/length",
            post(|body: Bytes| async move { body.len().to_string() }),
        )
        .route("/echo", get(upgraded));
    let server = Server::new(listener, router, &web, tasks.clone());
    tasks.spawn("server", server.serve());
    Running {
        address,
        tasks,
        slow,
    }
}

/// Becomes a connection that says everything again, as a WebSocket becomes something else than HTTP.
async fn upgraded(mut request: Request) -> (StatusCode, [(&'static str, &'static str); 2]) {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgrade.await.unwrap());
        let mut bytes = [0; 64];
        while let Ok(count @ 1..) = stream.read(&mut bytes).await {
            stream.write_all(&bytes[..count]).await.unwrap();
        }
    });
    let headers = [("connection", "upgrade"), ("upgrade", "echo")];
    (StatusCode::SWITCHING_PROTOCOLS, headers)
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn say(&self, words: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(words.as_bytes()).await.unwrap();
        stream
    }

    async fn stopped(self) {
        self.tasks.stop_within(LONG).await.unwrap();
    }
}

/// Reads until `end` was said.
async fn hear(stream: &mut TcpStream, end: &str) -> String {
    let mut heard = Vec::new();
    let hearing = async {
        while !String::from_utf8_lossy(&heard).ends_with(end) {
            let byte = stream.read_u8().await.unwrap();
            heard.push(byte);
        }
    };
    timeout(LONG, hearing).await.unwrap();
    String::from_utf8(heard).unwrap()
}

/// Reads until the connection is closed.
async fn hear_all(mut stream: TcpStream) -> String {
    let mut heard = String::new();
    // Closed with something unread is a reset, which is as good.
    let _ = timeout(LONG, stream.read_to_string(&mut heard))
        .await
        .unwrap();
    heard
}

#[tokio::test]
async fn requests_of_one_connection_are_answered_one_after_another() {
    let running = running(&[]).await;
    let mut stream = running.say(GET).await;
    let first = hear(&mut stream, "127.0.0.1").await;
    assert!(first.starts_with("HTTP/1.1 200 OK\r\n"), "{first}");
    stream.write_all(GET.as_bytes()).await.unwrap();
    hear(&mut stream, "127.0.0.1").await;
    running.stopped().await;
}

#[tokio::test]
async fn who_says_nothing_or_too_little_is_hung_up_on() {
    let running = running(&["--idle-seconds", "0.1"]).await;
    let (silent, halting) = (
        running.connect().await,
        running.say("GET / HTTP/1.1\r\nhos").await,
    );
    let mut idle = running.say(GET).await;
    hear(&mut idle, "127.0.0.1").await;
    for stream in [silent, halting, idle] {
        hear_all(stream).await;
    }
    let body = "POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf";
    let answer = hear_all(running.say(body).await).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    running.stopped().await;
}

#[tokio::test]
async fn a_slow_answer_is_not_a_silent_peer() {
    let running = running(&["--idle-seconds", "0.1"]).await;
    let mut stream = running.say("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(timeout(SHORT * 2, stream.readable()).await.is_err());
    running.slow.notify_one();
    hear(&mut stream, "at last").await;
    running.stopped().await;
}

#[tokio::test]
async fn who_finds_no_place_waits_for_one() {
    let running = running(&["--max-connections", "2"]).await;
    let mut first = running.say(GET).await;
    hear(&mut first, "127.0.0.1").await;
    let echo = "GET /echo HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
    let mut second = running.say(echo).await;
    hear(&mut second, "\r\n\r\n").await;

    let mut third = running.say(GET).await;
    assert!(timeout(SHORT, third.readable()).await.is_err());
    // What has become something else works, and still has its place.
    second.write_all(b"hello").await.unwrap();
    hear(&mut second, "hello").await;
    drop(second);
    hear(&mut third, "127.0.0.1").await;
    running.stopped().await;
}

#[tokio::test]
async fn what_was_asked_before_the_end_is_answered() {
    let running = running(&[]).await;
    let mut idle = running.say(GET).await;
    hear(&mut idle, "127.0.0.1").await;
    let asking = running.say("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    // The request has been read once its connection is one of two that are served.
    let mut other = running.say(GET).await;
    hear(&mut other, "127.0.0.1").await;

    running.tasks.stop();
    hear_all(idle).await;
    running.slow.notify_one();
    let answer = hear_all(asking).await;
    assert!(answer.ends_with("at last"), "{answer}");
    assert!(TcpStream::connect(running.address).await.is_err());
    running.stopped().await;
}
