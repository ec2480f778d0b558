//! How these endpoints tell an error: `{"error": "…"}` under a fitting status.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::{RefOr, Response as Described};
use utoipa::{IntoResponses, ToSchema};

use crate::error::Error;
use crate::openapi::failures;
use crate::service::sign_in;

/// How an error is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::Refusal)]
pub(super) struct Refusal {
    /// What is the matter and what to do, for people.
    #[schema(example = "the e-mail address or the password is wrong")]
    error: String,
}

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

impl IntoResponses for Failure {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        failures::<Refusal>(&[400, 401, 403, 404, 409, 413, 429, 500, 503])
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.error.report("auth");
        let text = self.text.map(str::to_owned);
        let error = text.unwrap_or_else(|| self.error.to_string());
        let mut headers = HeaderMap::new();
        if let Error::RateLimited { retry_after } = &self.error {
            let seconds = retry_after.as_secs_f64().ceil().max(1.0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds as u64));
        }
        (status(&self.error), headers, Json(Refusal { error })).into_response()
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
