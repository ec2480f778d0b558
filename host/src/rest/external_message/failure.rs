//! How this API tells an error: `{"error": "…"}` under a fitting status, with the projects that there are where one has
//! to be named.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::{RefOr, Response as Described};
use utoipa::{IntoResponses, ToSchema};

use super::wire::Project;
use crate::error::Error;
use crate::openapi::failures;
use crate::service::external::{Declined, Named};

/// An error on its way to a caller.
#[derive(Debug)]
pub(super) struct Failure(Declined);

/// The body.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = external::Problem)]
pub(super) struct Problem {
    /// What is the matter and what to do; it begins with the name of the field, where one is wrong.
    #[schema(example = "sessionId is required")]
    error: String,
    /// The projects that there are, where one has to be named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    available_projects: Option<Vec<Project>>,
}

impl IntoResponses for Failure {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        failures::<Problem>(&[400, 401, 403, 404, 409, 413, 429, 500, 503])
    }
}

impl From<Declined> for Failure {
    fn from(declined: Declined) -> Self {
        Self(declined)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Declined::Error(error) = &self.0 {
            error.report("external-message");
        }
        let (status, headers) = (status(&self.0), headers(&self.0));
        let body = Problem {
            error: text(&self.0),
            available_projects: available(self.0),
        };
        (status, headers, Json(body)).into_response()
    }
}

fn text(declined: &Declined) -> String {
    match declined {
        Declined::NotConfigured => "External API token is not configured. Set EXTERNAL_API_TOKEN or generate token in API page.".to_owned(),
        Declined::Missing { what } => format!("{what} is required"),
        Declined::NoProject { reference, .. } => format!("Project \"{reference}\" not found"),
        Declined::AmbiguousProject { reference, .. } => {
            format!("Project name \"{reference}\" is ambiguous. Use projectId instead.")
        }
        Declined::WhichProject { available } if available.is_empty() => {
            "There is no project yet. Make one, for example by the message \"create a new project named my-project\".".to_owned()
        }
        Declined::WhichProject { .. } => {
            "Several projects are available and none is active in this session. Send projectId, or switch to one, for example by the message \"switch to the backend project\".".to_owned()
        }
        Declined::NoAgent { project } => format!(
            "Project \"{}\" has no agent that could answer. Add one to it, or choose another project.",
            project.id
        ),
        Declined::NoChat { reference } => format!("Chat \"{reference}\" not found"),
        Declined::ChatElsewhere => "Provided chatId belongs to a different project context. Send matching chatId/projectId or omit chatId.".to_owned(),
        Declined::Error(Error::Unauthenticated) => "Unauthorized".to_owned(),
        Declined::Error(error) => error.to_string(),
    }
}

fn available(declined: Declined) -> Option<Vec<Project>> {
    let shown = |projects: Vec<Named>| Some(projects.into_iter().map(Project::of).collect());
    match declined {
        Declined::NoProject { available, .. }
        | Declined::AmbiguousProject { available, .. }
        | Declined::WhichProject { available } => shown(available),
        _ => None,
    }
}

fn status(declined: &Declined) -> StatusCode {
    match declined {
        Declined::NotConfigured => StatusCode::SERVICE_UNAVAILABLE,
        Declined::Missing { .. } => StatusCode::BAD_REQUEST,
        Declined::NoProject { .. } | Declined::NoChat { .. } => StatusCode::NOT_FOUND,
        Declined::AmbiguousProject { .. }
        | Declined::WhichProject { .. }
        | Declined::NoAgent { .. }
        | Declined::ChatElsewhere => StatusCode::CONFLICT,
        Declined::Error(error) => of_error(error),
    }
}

fn of_error(error: &Error) -> StatusCode {
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

fn headers(declined: &Declined) -> HeaderMap {
    let mut headers = HeaderMap::new();
    match declined {
        Declined::Error(Error::RateLimited { retry_after }) => {
            headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
        }
        Declined::Error(Error::Unauthenticated) => {
            let realm = HeaderValue::from_static("Bearer realm=\"external-message\"");
            headers.insert(WWW_AUTHENTICATE, realm);
        }
        _ => {}
    }
    headers
}
