//! How the widget's API tells an error: `{"code": "…", "error": "…"}` under a fitting status.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response as Described};

use crate::error::Error;
use crate::openapi::{Problem, failures};

/// Bytes that a body of this API may have.
pub(super) const BODY: usize = 64 << 10;

/// An error on its way to a visitor's page.
#[derive(Debug)]
pub(crate) struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<JsonRejection> for Failure {
    fn from(rejection: JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self(Error::TooLarge {
                what: "the body",
                limit: BODY as u64,
            });
        }
        Self(Error::invalid("body", rejection.body_text()))
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        Self(Error::invalid("query", rejection.body_text()))
    }
}

impl IntoResponses for Failure {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        failures::<Problem>(&[400, 401, 403, 404, 409, 413, 429, 500, 503])
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.report("web");
        let mut response = (status(&self.0), Json(Problem::of(&self.0))).into_response();
        if let Error::RateLimited { retry_after } = &self.0 {
            // Rounded up: whoever comes back on the second must not be early.
            let seconds = retry_after.as_secs_f64().ceil().max(1.0);
            response
                .headers_mut()
                .insert(RETRY_AFTER, (seconds as u64).into());
        }
        response
    }
}

/// The status that fits an error.
pub(super) fn status(error: &Error) -> StatusCode {
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
