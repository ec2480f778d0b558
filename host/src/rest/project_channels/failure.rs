//! How this API tells an error: `{"error": "…"}` under a fitting status.

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
use crate::service::wechat_login::{Late, SwitchedOff};

/// An error on its way to a caller.
#[derive(Debug)]
pub(super) struct Failure(Error);

/// The body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = project_channels::Problem)]
pub(super) struct Problem {
    /// What is the matter and what to do; it begins with the name of the field, where one is wrong.
    #[schema(example = "display_name: is required")]
    error: String,
}

impl IntoResponses for Failure {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        failures::<Problem>(&[400, 401, 403, 404, 409, 413, 429, 500, 503, 504])
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.report("project_channels");
        let error = text(&self.0);
        (status(&self.0), headers(&self.0), Json(Problem { error })).into_response()
    }
}

/// The error's own words; a field is named as this API spells it.
fn text(error: &Error) -> String {
    match error {
        Error::Invalid { field, why } => format!("{}: {why}", spelled(field)),
        Error::NotFound {
            what: "Agent",
            name,
        } => {
            format!("primary_agent_id: there is no agent `{name}` in this project")
        }
        Error::Unavailable { source, .. } if source.is::<Late>() => {
            "the QR code was not produced in time; try again".to_owned()
        }
        Error::Unavailable { source, .. } if source.is::<SwitchedOff>() => {
            "WeChat integration is disabled on this server".to_owned()
        }
        error => error.to_string(),
    }
}

fn spelled(field: &str) -> &str {
    match field {
        "name" => "display_name",
        "agent" => "primary_agent_id",
        "kind" => "channel_type",
        "configuration" => "config",
        "bot_token" => "credential.bot_token",
        field => field,
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        // An address names no agent here; a body does.
        Error::NotFound { what: "Agent", .. } => StatusCode::BAD_REQUEST,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Invalid { .. } | Error::Refused(_) => StatusCode::BAD_REQUEST,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable { source, .. } if source.is::<Late>() => StatusCode::GATEWAY_TIMEOUT,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn headers(error: &Error) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Error::RateLimited { retry_after } = error {
        headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
    }
    headers
}
