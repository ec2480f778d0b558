//! Sending, as the drivers ask for it.

use std::error::Error as StdError;

use async_trait::async_trait;
use bytes::BytesMut;
use channels::{Headers, Http, HttpError, Method, Request, Response};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::Outgoing;
use super::resolver::ResolveError;

#[async_trait]
impl Http for Outgoing {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let client = self
            .client(&request.url)
            .map_err(|refused| HttpError::Refused(refused.to_string()))?;
        let most = request.most;
        let sent = client
            .request(method(request.method), request.url)
            .headers(headers(&request.headers)?)
            .timeout(request.timeout)
            .body(request.body)
            .send()
            .await;
        read(sent.map_err(no_answer)?, most).await
    }
}

/// Reads so many bytes; the rest is dropped with its connection.
async fn read(mut response: reqwest::Response, most: usize) -> Result<Response, HttpError> {
    let mut body = BytesMut::new();
    while body.len() < most {
        let Some(chunk) = response.chunk().await.map_err(no_answer)? else {
            break;
        };
        let room = most - body.len();
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
    }
    Ok(Response {
        status: response.status().as_u16(),
        headers: names(response.headers()),
        body: body.freeze(),
    })
}

/// The headers of an answer, as whoever asked reads them.
pub(super) fn names(headers: &HeaderMap) -> Headers {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), text(value)))
        .collect()
}

pub(super) fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

pub(super) fn headers(headers: &Headers) -> Result<HeaderMap, HttpError> {
    let wrong = |name: &str| HttpError::Other(format!("the header {name} cannot be sent"));
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter() {
        let key = HeaderName::try_from(name).map_err(|_| wrong(name))?;
        map.append(key, HeaderValue::try_from(value).map_err(|_| wrong(name))?);
    }
    Ok(map)
}

/// What it means that no answer came. The address is left out of the text: it may hold a token.
pub(super) fn no_answer(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    if let Some(resolve) = cause::<ResolveError>(&error) {
        return match resolve {
            ResolveError::NotPublic { .. } => {
                HttpError::Refused(format!("{resolve}, which is not reached"))
            }
            ResolveError::Unresolved { .. } => HttpError::Connect(resolve.to_string()),
        };
    }
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => HttpError::Timeout { sent: false },
        (true, false) => HttpError::Connect(crate::error::chain(&error)),
        (false, true) => HttpError::Timeout { sent: true },
        (false, false) => HttpError::Other(crate::error::chain(&error)),
    }
}

pub(super) fn cause<'a, T: StdError + 'static>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
