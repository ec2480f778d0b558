//! Sockets: a WebSocket to the outside, opened by a guarded request (RFC 6455, "Opening Handshake"). It is the guard's
//! clients that connect, so that a socket reaches nothing that a request does not.

use std::sync::OnceLock;
use std::time::Duration;

use channels::HttpError;
use reqwest::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, UPGRADE};
use reqwest::{Client, StatusCode, Upgraded};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use url::Url;

use super::guard::Reach;
use super::resolver::{Any, PublicOnly};
use super::send::no_answer;
use super::{Outgoing, builder};

/// A socket that is open.
pub type Socket = WebSocketStream<Upgraded>;

/// How long the handshake may take.
const LIMIT: Duration = Duration::from_secs(15);
/// Bytes of a message and of a frame: the first that Discord sends of a large server is some megabytes.
const MESSAGE: usize = 32 << 20;
/// Bytes that are kept for reading and writing while nothing is said.
const BUFFER: usize = 4 << 10;

/// Clients that speak HTTP/1.1 alone, as an upgrade takes. Made when the first socket is opened.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    public: OnceLock<Client>,
    allowed: OnceLock<Client>,
}

impl Outgoing {
    /// Opens a socket at a `wss` address, or a `ws` one that the operator allows.
    pub async fn socket(&self, url: &Url) -> Result<Socket, HttpError> {
        let opened = tokio::time::timeout(LIMIT, self.shake_hands(url)).await;
        opened.unwrap_or(Err(HttpError::Timeout { sent: false }))
    }

    async fn shake_hands(&self, url: &Url) -> Result<Socket, HttpError> {
        let url = requested(url)?;
        let refused = |why: String| HttpError::Other(why);
        let key = generate_key();
        let answer = self
            .socket_client(&url)?
            .get(url)
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", &key)
            .send()
            .await
            .map_err(no_answer)?;
        let status = answer.status();
        if status != StatusCode::SWITCHING_PROTOCOLS {
            return Err(refused(format!(
                "no socket was opened: the answer has status {}",
                status.as_u16()
            )));
        }
        let accepted = answer.headers().get(SEC_WEBSOCKET_ACCEPT);
        if accepted.and_then(|value| value.to_str().ok())
            != Some(derive_accept_key(key.as_bytes()).as_str())
        {
            return Err(refused(
                "no socket was opened: the answer is not to us".to_owned(),
            ));
        }
        let upgraded = answer.upgrade().await.map_err(no_answer)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(Some(MESSAGE))
            .max_frame_size(Some(MESSAGE));
        Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await)
    }

    fn socket_client(&self, url: &Url) -> Result<&Client, HttpError> {
        let reach = self.guard.reach(url);
        let reach = reach.map_err(|refused| HttpError::Refused(refused.to_string()))?;
        let (cell, made) = match reach {
            Reach::Allowed => (&self.sockets.allowed, builder(Any)),
            Reach::Public => (&self.sockets.public, builder(PublicOnly)),
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = made.http1_only().build().map_err(no_answer)?;
        Ok(cell.get_or_init(|| client))
    }
}

/// The address of the request that opens a socket.
fn requested(url: &Url) -> Result<Url, HttpError> {
    let scheme = match url.scheme() {
        "wss" => "https",
        "ws" => "http",
        other => {
            let why = format!("only wss addresses are reached, not {other}");
            return Err(HttpError::Refused(why));
        }
    };
    let rest = url.as_str().split_once(':').map_or("", |(_, rest)| rest);
    format!("{scheme}:{rest}")
        .parse()
        .map_err(|_| HttpError::Refused("the address cannot be read".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_asked_for_over_http() {
        let of = |url: &str| requested(&url.parse().unwrap()).map(|url| url.to_string());
        assert_eq!(
            of("wss://gateway.example/?v=10"),
            Ok("https://gateway.example/?v=10".to_owned())
        );
        assert_eq!(
            of("ws://127.0.0.1:9/x"),
            Ok("http://127.0.0.1:9/x".to_owned())
        );
        assert!(matches!(
            of("https://x.example"),
            Err(HttpError::Refused(_))
        ));
    }

    #[tokio::test]
    async fn a_socket_reaches_no_more_than_a_request() {
        let outgoing = Outgoing::new(&[]).unwrap();
        for url in [
            "wss://127.0.0.1:1/",
            "ws://gateway.example/",
            "wss://[::1]/",
        ] {
            let refused = outgoing.socket(&url.parse().unwrap()).await;
            assert!(matches!(refused, Err(HttpError::Refused(_))), "{url}");
        }
    }
}
