//! A client of `graphql-transport-ws`: one socket, any number of subscriptions.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::App;

/// How long it waits for what has to come.
const LIMIT: Duration = Duration::from_secs(60);

/// An open socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    opened: usize,
}

/// What came on a subscription.
#[derive(Clone, Debug, PartialEq)]
pub enum Came {
    /// Data, by the name of its field.
    Next(Value),
    /// The subscription ended with errors.
    Error(Value),
    /// It ended.
    Complete,
}

impl Socket {
    /// Opens one as whoever has this token.
    pub async fn open(app: &App, token: &str) -> Socket {
        let url = app.url("/graphql").replacen("http", "ws", 1);
        let mut request = url.into_client_request().expect("an address");
        let protocol = "graphql-transport-ws".parse().expect("a header");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let (stream, _) = connect_async(request).await.expect("the host answers");
        let mut socket = Socket { stream, opened: 0 };
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        socket
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }

    /// Starts a subscription; its id.
    pub async fn subscribe(&mut self, query: &str, variables: Value) -> String {
        self.opened += 1;
        let id = self.opened.to_string();
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await;
        id
    }

    /// What comes next, and on which subscription.
    pub async fn next(&mut self) -> (String, Came) {
        loop {
            let said = self.hear().await;
            let id = said["id"].as_str().unwrap_or_default().to_owned();
            match said["type"].as_str() {
                Some("next") => {
                    let payload = &said["payload"];
                    let came = match payload.get("errors") {
                        Some(errors) => Came::Error(errors.clone()),
                        None => Came::Next(payload["data"].clone()),
                    };
                    return (id, came);
                }
                Some("error") => return (id, Came::Error(said["payload"].clone())),
                Some("complete") => return (id, Came::Complete),
                Some("ping") => self.send(json!({ "type": "pong" })).await,
                _ => panic!("{said}"),
            }
        }
    }

    /// The data that comes next.
    pub async fn data(&mut self) -> Value {
        match self.next().await {
            (_, Came::Next(data)) => data,
            other => panic!("{other:?}"),
        }
    }

    async fn send(&mut self, message: Value) {
        let text = Message::text(message.to_string());
        self.stream.send(text).await.expect("the host listens");
    }

    async fn hear(&mut self) -> Value {
        loop {
            let heard = tokio::time::timeout(LIMIT, self.stream.next()).await;
            let heard = heard.expect("something within a minute");
            match heard.expect("the socket is open").expect("a message") {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}
