//! Relaying: a request that a guest has written, sent as it stands, and an answer that is read to its end.

use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;
use url::Url;

use super::Outgoing;
use super::guard::{Guard, Refused};
use super::resolver::ResolveError;
use super::send::cause;

/// A request of a guest.
#[derive(Clone, Debug)]
pub struct Relayed {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Whether someone has named the host. Where any host may be asked, those that the operator has let through are not meant.
    pub is_named: bool,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How long until the end of the answer.
    pub within: Duration,
    /// Bytes that the answer's body may have.
    pub most: usize,
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// All of its body.
    pub body: Vec<u8>,
}

/// Why there is none. The texts have no address in them: it may hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The guard does not let it go there.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No connection came about.
    #[error("no connection came about: {0}")]
    Unreachable(String),
    /// No connection came about in time.
    #[error("no connection came about in time")]
    ConnectTimedOut,
    /// It came not in time, or not to its end.
    #[error("the answer did not come in time")]
    TimedOut,
    /// It broke off, or is none of HTTP.
    #[error("the answer broke off or is none: {0}")]
    Cut(String),
    /// It has more bytes than it may.
    #[error("the answer has more than {0} bytes")]
    TooLong(usize),
}

impl Outgoing {
    /// Sends a request to an address that someone chose, and reads all of the answer.
    pub async fn relay(&self, relayed: Relayed) -> Result<Answered, NoAnswer> {
        let client = match relayed.is_named {
            true => self.client(&relayed.url)?,
            false => {
                Guard::new(&[]).reach(&relayed.url)?;
                &self.public
            }
        };
        let Relayed {
            method,
            url,
            headers,
            body,
            within,
            most,
            ..
        } = relayed;
        let sent = client.request(method, url).headers(headers);
        let sent = sent.timeout(within).body(body).send().await;
        let mut response = sent.map_err(NoAnswer::of)?;
        let too_long = |length: u64| usize::try_from(length).is_ok_and(|length| length > most);
        if response.content_length().is_some_and(too_long) {
            return Err(NoAnswer::TooLong(most));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(NoAnswer::of)? {
            if body.len() + chunk.len() > most {
                return Err(NoAnswer::TooLong(most));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answered {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }
}

/// Why a request was not answered, where that is what is behind an error.
pub fn no_answer_in(error: &(dyn StdError + 'static)) -> Option<NoAnswer> {
    let error = cause::<reqwest::Error>(error)?;
    // Its own text has the address in it.
    let why = || error.source().map_or_else(String::new, crate::error::chain);
    Some(NoAnswer::behind(error, why))
}

impl NoAnswer {
    fn of(error: reqwest::Error) -> Self {
        let error = error.without_url();
        Self::behind(&error, || crate::error::chain(&error))
    }

    fn behind(error: &reqwest::Error, why: impl Fn() -> String) -> Self {
        if let Some(resolve) = cause::<ResolveError>(error) {
            return Self::Refused(match resolve {
                ResolveError::NotPublic { host, special } => Refused::NotPublic {
                    host: host.clone(),
                    special: *special,
                },
                ResolveError::Unresolved { host, .. } => Refused::Unresolved { host: host.clone() },
            });
        }
        match (error.is_connect(), error.is_timeout()) {
            (true, true) => Self::ConnectTimedOut,
            (true, false) => Self::Unreachable(why()),
            (false, true) => Self::TimedOut,
            (false, false) => Self::Cut(why()),
        }
    }
}
