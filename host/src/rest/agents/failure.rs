//! How these endpoints tell an error: its stable code and a sentence.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response as Described};

use crate::error::Error;
use crate::openapi::{Problem, failures};

/// An error on its way to a caller.
#[derive(Debug)]
pub(super) struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponses for Failure {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        failures::<Problem>(&[400, 401, 403, 404, 409, 413, 422, 429, 500, 503])
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.report("rest");
        (status(&self.0), Json(Problem::of(&self.0))).into_response()
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Invalid { .. } => StatusCode::BAD_REQUEST,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
