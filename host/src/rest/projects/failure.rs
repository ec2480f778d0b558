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

/// An error on its way to a caller.
#[derive(Debug)]
pub(super) struct Failure(Error);

/// The body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::Problem)]
pub(super) struct Problem {
    /// What is the matter and what to do; it begins with the name of the field, where one is wrong.
    #[schema(example = "name: is required")]
    error: String,
}

impl IntoResponses for Failure {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        failures::<Problem>(&[400, 401, 403, 404, 409, 413, 429, 500, 503])
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.report("projects");
        let mut headers = HeaderMap::new();
        if let Error::RateLimited { retry_after } = &self.0 {
            headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
        }
        let error = match &self.0 {
            Error::Invalid { field, why } => format!("{}: {why}", spelled(field)),
            error => error.to_string(),
        };
        (status(&self.0), headers, Json(Problem { error })).into_response()
    }
}

/// A field as this API spells it.
fn spelled(field: &str) -> &str {
    match field {
        "primaryAgentId" => "primary_agent_id",
        "expiresInDays" => "expires_in_days",
        "expiresInHours" => "expires_in_hours",
        "callbackUrl" => "webhook_url",
        field => field,
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
