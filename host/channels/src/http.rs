//! Http is how a driver reaches its platform: one request, one bounded answer. The host implements it, with its guard
//! against private addresses in front; redirects are never followed.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use url::Url;

/// Sends a request to a platform.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends it once. Any status is an answer; an error means that there was none.
    async fn send(&self, request: Request) -> Result<Response, HttpError>;
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Send.
    Post,
    /// Set.
    Put,
    /// Change.
    Patch,
    /// Remove.
    Delete,
}

impl Method {
    /// The method as HTTP spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// One request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// Headers, sent as they are.
    pub headers: Headers,
    /// The body, perhaps empty.
    pub body: Bytes,
    /// How long it may take in all.
    pub timeout: Duration,
    /// Bytes of the answer that are read.
    pub most: usize,
}

/// Bytes that are read of an answer that is no file.
pub const ANSWER: usize = 1 << 20;

/// Only the method and the host: an address or a header may hold a token.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or("");
        write!(
            f,
            "Request({} {host}, {} bytes)",
            self.method.as_str(),
            self.body.len()
        )
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: Headers,
    /// The body, cut where it is longer than was asked for.
    pub body: Bytes,
}

impl Response {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The guard does not let requests go there.
    #[error("not allowed: {0}")]
    Refused(String),
    /// No connection: the name does not resolve, nobody listens, TLS fails. Nothing was sent.
    #[error("no connection: {0}")]
    Connect(String),
    /// No answer in time.
    #[error("no answer in time")]
    Timeout {
        /// Whether the request may have gone out: then the other side may have acted on it.
        sent: bool,
    },
    /// It broke on the way; the other side may have acted on it.
    #[error("the request failed: {0}")]
    Other(String),
}

/// Headers in their order; names compare without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self
            .0
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }

    /// Adds one.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        Self(
            headers
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_found_whatever_its_case() {
        let headers: Headers = [("Retry-After", "7"), ("retry-after", "9")]
            .into_iter()
            .collect();
        assert_eq!(headers.get("RETRY-AFTER"), Some("7"));
        assert_eq!(headers.get("retry"), None);
    }

    #[test]
    fn a_request_in_a_log_shows_no_token() {
        let request = Request {
            method: Method::Post,
            url: "https://api.example/bot12345:token/send".parse().unwrap(),
            headers: [("Authorization", "Bearer hunter2")].into_iter().collect(),
            body: Bytes::from_static(b"{}"),
            timeout: Duration::from_secs(1),
            most: ANSWER,
        };
        assert_eq!(format!("{request:?}"), "Request(POST api.example, 2 bytes)");
    }
}
