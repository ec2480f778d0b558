//! How this API tells an error: `{"detail": "…"}` under a fitting status, and of a body that is not in shape, under 422, a
//! list with an entry for each thing that is wrong with it.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Response as Described};
use utoipa::{IntoResponses, ToSchema};

use crate::error::Error;
use crate::openapi::failures;
use crate::service::personas::Refused;

/// An error on its way to a caller.
#[derive(Debug)]
pub(super) enum Failure {
    /// Told by its own words, unless there are better ones.
    Error(Error, Option<String>),
    /// A body that is not in shape.
    Body(Vec<Wrong>),
}

/// The body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = persona_channels::Problem)]
pub(super) struct Problem {
    /// What is the matter; of a body that is not in shape, a list of what is wrong with it.
    #[schema(example = "Persona is not active.")]
    detail: Value,
}

/// Something that is wrong with a body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = persona_channels::Wrong)]
pub(super) struct Wrong {
    /// What kind of wrong: `missing`, `string_type`, `dict_type`, `json_invalid`.
    #[serde(rename = "type")]
    #[schema(example = "missing")]
    pub(super) kind: &'static str,
    /// Where it is.
    #[schema(example = json!(["body", "code"]))]
    pub(super) loc: Vec<String>,
    /// What would be right.
    #[schema(example = "Field required")]
    pub(super) msg: &'static str,
    /// What was there instead.
    pub(super) input: Value,
}

impl Failure {
    /// One whose words are this API's own.
    pub(super) fn with(error: Error, detail: impl Into<String>) -> Self {
        Failure::Error(error, Some(detail.into()))
    }

    /// The same where it is that something is not there.
    pub(super) fn missing(error: Error, detail: &str) -> Self {
        match error {
            Error::NotFound { .. } => Failure::with(error, detail),
            error => error.into(),
        }
    }
}

impl IntoResponses for Failure {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        failures::<Problem>(&[400, 401, 403, 404, 409, 413, 422, 429, 500, 503])
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Error(error, None)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Other(error) => error.into(),
            Refused::Channel(kind, error) => validation(kind.as_str(), error),
        }
    }
}

/// A channel that was not accepted: whatever it was, the caller has to look at what was sent.
pub(super) fn validation(kind: &str, error: Error) -> Failure {
    let reason = match &error {
        Error::Internal { .. } | Error::Forbidden { .. } | Error::Unauthenticated => {
            return error.into();
        }
        Error::Invalid { why, .. } => why.clone(),
        // The platform is away: what it said is told, since the owner may know why.
        Error::Unavailable { source, .. } => source.to_string(),
        error => error.to_string(),
    };
    let error = Error::invalid("credentials", &*reason);
    Failure::with(error, format!("{kind} validation failed: {reason}"))
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (error, words) = match self {
            Failure::Error(error, words) => (error, words),
            Failure::Body(wrong) => {
                let detail = json!(wrong);
                let body = Json(Problem { detail });
                return (StatusCode::UNPROCESSABLE_ENTITY, body).into_response();
            }
        };
        error.report("persona-channels");
        let detail = json!(words.unwrap_or_else(|| text(&error)));
        let mut response = (status(&error), Json(Problem { detail })).into_response();
        if let Error::RateLimited { retry_after } = error {
            let seconds = HeaderValue::from(retry_after.as_secs().max(1));
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}

fn text(error: &Error) -> String {
    match error {
        Error::Invalid { field, why } if field == "code" => why.clone(),
        Error::Conflict { what, why } if what == "Persona" => format!("{what} {why}"),
        Error::NotFound {
            what: "Persona", ..
        } => "Persona not found.".to_owned(),
        error => error.to_string(),
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        // That a persona is not active is the one conflict that this API knows by its status.
        Error::Conflict { what, .. } if what == "Persona" => StatusCode::CONFLICT,
        Error::Invalid { .. } | Error::Conflict { .. } | Error::Refused(_) => {
            StatusCode::BAD_REQUEST
        }
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
