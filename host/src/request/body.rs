//! A body, read with its bound. Extracting it never fails; what is wrong with it is told in the words of the way in.

use std::convert::Infallible;

use axum::body::{Bytes, HttpBody, to_bytes};
use axum::extract::{FromRequest, Request};
use http_body_util::LengthLimitError;
use serde_json::{Map, Value};

use super::fields::Fields;
use crate::error::{Error, Result};

/// What a JSON body of the management endpoints may have.
pub const JSON_LIMIT: usize = 256 << 10;

/// A JSON object of at most [`JSON_LIMIT`] bytes.
#[derive(Debug)]
pub struct JsonObject(Result<Map<String, Value>>);

impl JsonObject {
    /// The object itself.
    pub fn object(self) -> Result<Map<String, Value>> {
        self.0
    }

    /// The object's fields.
    pub fn fields(self) -> Result<Fields> {
        self.0.map(Fields::new)
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self(read_object(request).await))
    }
}

async fn read_object(request: Request) -> Result<Map<String, Value>> {
    let bytes = read(request, JSON_LIMIT).await?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Error::invalid("body", "must be a JSON object")),
        Err(error) => Err(Error::invalid("body", format!("is not JSON: {error}"))),
    }
}

/// A whole body of at most `limit` bytes; a longer one is not read to its end, and one that says so not at all.
pub async fn read(request: Request, limit: usize) -> Result<Bytes> {
    if request.body().size_hint().lower() > limit as u64 {
        return Err(too_large(limit));
    }
    to_bytes(request.into_body(), limit).await.map_err(|error| {
        let source = std::error::Error::source(&error);
        if source.is_some_and(|source| source.is::<LengthLimitError>()) {
            too_large(limit)
        } else {
            Error::invalid("body", "ended before it was whole")
        }
    })
}

fn too_large(limit: usize) -> Error {
    Error::TooLarge {
        what: "the body",
        limit: limit as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn object(body: &'static [u8]) -> Result<Map<String, Value>> {
        read_object(Request::new(body.into())).await
    }

    #[tokio::test]
    async fn what_is_no_object_is_told_apart() {
        assert!(object(b"{\"a\":1}").await.is_ok());
        let told = |result: Result<_>| result.unwrap_err().to_string();
        assert_eq!(
            told(object(b"[1]").await.map(drop)),
            "body: must be a JSON object"
        );
        assert!(told(object(b"{\"a\":").await.map(drop)).starts_with("body: is not JSON: EOF"));
        assert!(told(object(b"").await.map(drop)).starts_with("body: is not JSON: EOF"));
    }

    #[tokio::test]
    async fn a_longer_body_is_too_large() {
        let request = || Request::new(vec![b'x'; 11].into());
        assert_eq!(read(request(), 11).await.unwrap().len(), 11);
        assert_eq!(read(request(), 10).await.unwrap_err().code(), "too_large");
    }
}
