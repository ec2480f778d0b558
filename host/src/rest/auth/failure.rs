//! How these endpoints tell an error: `{"error": "…"}` under a fitting status.

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::error::Error;
use crate::service::sign_in;

/// An error on its way to a caller.
#[derive(Debug)]
pub(super) struct Failure {
    error: Error,
    text: Option<&'static str>,
}

impl Failure {
    /// Of a sign-in: it is not told which of the two is wrong.
    pub(super) fn of_sign_in(error: Error) -> Self {
        let text = matches!(error, Error::Unauthenticated).then_some(sign_in::WRONG);
        Self { error, text }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, text: None }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.error.report("auth");
        let text = self.text.map(str::to_owned);
        let text = text.unwrap_or_else(|| self.error.to_string());
        let mut headers = HeaderMap::new();
        if let Error::RateLimited { retry_after } = &self.error {
            let seconds = retry_after.as_secs_f64().ceil().max(1.0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds as u64));
        }
        (status(&self.error), headers, Json(json!({ "error": text }))).into_response()
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Invalid { .. } | Error::Refused(_) => StatusCode::BAD_REQUEST,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
