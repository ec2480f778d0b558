//! A form of a page, read with its bound and as fields. Extracting it never fails; what is wrong with it is told in the
//! words of the way in.

use std::convert::Infallible;

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};

use super::body;
use super::fields::Fields;
use crate::error::{Error, Result};

/// What a form may have.
const LIMIT: usize = 16 << 10;

/// A form as a browser sends it.
#[derive(Debug)]
pub struct Form(Result<Map<String, Value>>);

impl Form {
    /// Its fields.
    pub fn fields(self) -> Result<Fields> {
        self.0.map(Fields::new)
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self(read(request).await))
    }
}

async fn read(request: Request) -> Result<Map<String, Value>> {
    let bytes = body::read(request, LIMIT).await?;
    if std::str::from_utf8(&bytes).is_err() {
        return Err(Error::invalid("body", "is no form"));
    }
    let fields = url::form_urlencoded::parse(&bytes);
    Ok(fields
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_form_is_read_as_fields() {
        let request = Request::new("email=ada%40example.org&name=Ada+L.&empty=".into());
        let fields = Form(read(request).await).fields().unwrap();
        assert_eq!(
            fields.required_text(&["email"], 99).unwrap(),
            "ada@example.org"
        );
        assert_eq!(fields.required_text(&["name"], 99).unwrap(), "Ada L.");
        assert_eq!(fields.text(&["empty"], 99).unwrap(), None);
    }

    #[tokio::test]
    async fn a_long_form_is_not_read() {
        let request = Request::new(vec![b'x'; LIMIT + 1].into());
        assert_eq!(read(request).await.unwrap_err().code(), "too_large");
    }
}
