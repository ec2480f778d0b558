//! How the Channel API tells an error: `{"ok": false, "error": "…"}` under a fitting status.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::{RefOr, Response as Described};
use utoipa::{IntoResponses, ToSchema};

use crate::commands::Declined;
use crate::error::Error;
use crate::openapi::failures;

/// An error on its way to a caller of the Channel API.
#[derive(Debug)]
pub(super) struct Failure(Declined);

/// The body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = channel_api::Problem)]
pub(super) struct Problem {
    /// Always false.
    ok: bool,
    /// What is the matter and what to do; it begins with the name of the field, where one is wrong.
    #[schema(example = "callbackUrl: is required")]
    error: String,
}

impl IntoResponses for Failure {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        failures::<Problem>(&[400, 401, 403, 404, 413, 429, 500, 503])
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Declined::Error(error))
    }
}

impl From<Declined> for Failure {
    fn from(declined: Declined) -> Self {
        Self(declined)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Declined::Error(error) = &self.0 {
            error.report("channel-api");
        }
        let error = match &self.0 {
            Declined::Error(error) => text(error),
            declined => declined.to_string(),
        };
        let body = Problem { ok: false, error };
        (status_of(&self.0), headers(&self.0), Json(body)).into_response()
    }
}

/// The error's own words; a field is named as this API spells it.
fn text(error: &Error) -> String {
    match error {
        Error::Invalid { field, why } => format!("{}: {why}", camel_case(field)),
        error => error.to_string(),
    }
}

fn camel_case(field: &str) -> String {
    let mut parts = field.split('_');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn status_of(declined: &Declined) -> StatusCode {
    match declined {
        Declined::Unknown { .. } => StatusCode::NOT_FOUND,
        Declined::NotLoaded | Declined::Misplaced { .. } => StatusCode::BAD_REQUEST,
        Declined::SignedOut => StatusCode::FORBIDDEN,
        Declined::Exhausted { .. } => StatusCode::TOO_MANY_REQUESTS,
        Declined::Error(error) => status(error),
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Invalid { .. } | Error::Conflict { .. } | Error::Refused(_) => {
            StatusCode::BAD_REQUEST
        }
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An account takes a person a while to set up.
const SET_UP: u64 = 60 * 60;

fn headers(declined: &Declined) -> HeaderMap {
    let seconds = match declined {
        Declined::Error(Error::RateLimited { retry_after }) => retry_after.as_secs().max(1),
        Declined::Exhausted { .. } => SET_UP,
        _ => return HeaderMap::new(),
    };
    HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from(seconds))])
}
