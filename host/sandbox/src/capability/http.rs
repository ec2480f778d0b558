//! `http`: requests to the outside, which a guest makes through `wasi:http`. Each is one call of the host: it is asked whole
//! and answered whole, so that whoever answers can look at all of it, and write it down.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// One request, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// Such as `GET`.
    pub method: String,
    /// The address, with the scheme `http` or `https`.
    pub url: String,
    /// By name, in lower case. `host`, and what only concerns a connection, are not among them.
    pub headers: Vec<(String, Vec<u8>)>,
    /// All of the body.
    pub body: Vec<u8>,
}

/// One answer, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// By name, in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// All of the body.
    pub body: Vec<u8>,
}

/// Why a request has no answer: each is an error of its own to the guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unanswered {
    /// It is not allowed: the capability, the host, or a secret there.
    Denied,
    /// The host is, or resolves to, an address that is not public.
    Prohibited,
    /// It is none that can be sent.
    Invalid,
    /// Too many in this turn, or at once.
    TooMany,
    /// The body has more bytes than a request may.
    RequestTooLarge(u64),
    /// The host's name does not resolve.
    NoSuchHost,
    /// No connection came about.
    Unreachable,
    /// No connection came about in time.
    ConnectTimedOut,
    /// No answer came in time.
    TimedOut,
    /// The answer broke off.
    Cut,
    /// The answer has more bytes than one may.
    ResponseTooLarge(u64),
    /// The answer is encoded in a way that the host cannot look into.
    Encoded(String),
    /// Anything else, in a sentence.
    Other(String),
}

/// Requests to the outside.
#[async_trait]
pub trait Http: Send + Sync {
    /// Bytes that the body of a request may have.
    fn request_bytes(&self) -> usize;
    /// Sends one, and gives the whole answer within this time, and what it takes to write it down. One whose method is not safe
    /// comes with its place among all such requests of the guest, from 0, in the order in which they were made.
    async fn send(
        &self,
        request: HttpRequest,
        place: Option<u32>,
        within: Duration,
    ) -> Result<HttpResponse, Unanswered>;
}
