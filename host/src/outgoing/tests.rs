//! The guard in front of real sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::{get, post};
use bytes::Bytes;
use channels::{Headers, Http, HttpError, Method, Request};

use super::*;

/// How many connections a server took.
type Connections = Arc<AtomicUsize>;

async fn server() -> (SocketAddr, Connections) {
    let connections = Connections::default();
    let count = connections.clone();
    let app = Router::new()
        .route("/echo", post(|body: Bytes| async move { body }))
        .route(
            "/moved",
            get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/secret")], "") }),
        )
        .route("/secret", get(|| async { "secret" }))
        .route("/long", get(|| async { vec![b'x'; 3 << 20] }))
        .route("/never", get(std::future::pending::<()>));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let listener = axum::serve::ListenerExt::tap_io(listener, move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, connections)
}

fn outgoing(allowed: &[String]) -> Outgoing {
    let allowed: Vec<HostPattern> = allowed.iter().map(|text| text.parse().unwrap()).collect();
    Outgoing::new(&allowed).unwrap()
}

fn request(method: Method, url: &str) -> Request {
    Request {
        method,
        url: url.parse().unwrap(),
        headers: Headers::default(),
        body: Bytes::from_static(b"hello"),
        timeout: Duration::from_secs(10),
        most: channels::ANSWER,
    }
}

#[tokio::test]
async fn an_allowed_host_is_reached_over_one_connection() {
    let (address, connections) = server().await;
    let outgoing = outgoing(&[address.to_string()]);
    for _ in 0..5 {
        let answer = outgoing
            .send(request(Method::Post, &format!("http://{address}/echo")))
            .await
            .unwrap();
        assert_eq!((answer.status, &answer.body[..]), (200, &b"hello"[..]));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let (address, _) = server().await;
    let outgoing = outgoing(&[address.to_string()]);
    let answer = outgoing
        .send(request(Method::Get, &format!("http://{address}/moved")))
        .await
        .unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!(answer.headers.get("Location"), Some("/secret"));
}

#[tokio::test]
async fn what_the_operator_does_not_name_is_not_even_connected_to() {
    let (address, connections) = server().await;
    let port = address.port();
    let strict = outgoing(&["127.0.0.1:1".to_owned()]);
    let urls = [
        format!("http://{address}/secret"),
        format!("https://{address}/secret"),
        // A name that is judged when it is resolved.
        format!("https://localhost:{port}/secret"),
    ];
    for url in &urls {
        let refused = strict.send(request(Method::Get, url)).await;
        assert!(
            matches!(refused, Err(HttpError::Refused(_))),
            "{url}: {refused:?}"
        );
        assert!(strict.check(&url.parse().unwrap()).await.is_err(), "{url}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_without_an_address_is_no_connection() {
    let url = "https://no-such-host.invalid/";
    let outgoing = outgoing(&[]);
    assert!(matches!(
        outgoing.send(request(Method::Get, url)).await,
        Err(HttpError::Connect(_))
    ));
    let refused = outgoing.check(&url.parse().unwrap()).await;
    assert_eq!(
        refused,
        Err(Refused::Unresolved {
            host: "no-such-host.invalid".to_owned()
        })
    );
}

#[tokio::test]
async fn a_long_answer_is_cut() {
    let (address, _) = server().await;
    let outgoing = outgoing(&[address.to_string()]);
    let answer = outgoing
        .send(request(Method::Get, &format!("http://{address}/long")))
        .await
        .unwrap();
    assert_eq!(answer.body.len(), 1 << 20);
}

#[tokio::test]
async fn silence_is_told_from_absence() {
    let (address, _) = server().await;
    // Nobody listens where a listener has just been closed.
    let closed = {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .unwrap();
        listener.local_addr().unwrap()
    };
    let outgoing = outgoing(&["127.0.0.1".to_owned()]);
    let mut patient = request(Method::Get, &format!("http://{address}/never"));
    patient.timeout = Duration::from_millis(200);
    assert_eq!(
        outgoing.send(patient).await,
        Err(HttpError::Timeout { sent: true })
    );

    let absent = outgoing
        .send(request(Method::Get, &format!("http://{closed}/")))
        .await;
    assert!(matches!(absent, Err(HttpError::Connect(_))), "{absent:?}");
}

#[tokio::test]
async fn an_error_does_not_show_the_address() {
    let outgoing = outgoing(&["127.0.0.1".to_owned()]);
    let error = outgoing
        .send(request(
            Method::Get,
            "http://127.0.0.1:1/bot12345:token/send",
        ))
        .await
        .unwrap_err();
    assert!(!error.to_string().contains("token"), "{error}");
}
