//! "API Token Management": the token is shown once, where it is made.

use axum::Json;
use axum::extract::{Request, State};
use serde::Serialize;
use serde_json::{Map, Value};
use store::page::Time;
use utoipa::ToSchema;

use super::bodies::NewToken;
use super::failure::Failure;
use crate::auth::Proof;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::request::body;
use crate::service::external::{self, Source, TokenState};

/// The token, as far as it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = external::Token)]
pub(super) struct Shown {
    /// Whether there is one.
    configured: bool,
    /// `stored`, `env` or `none`.
    source: &'static str,
    #[schema(required, example = "eggent****3f9a")]
    masked_token: Option<String>,
    /// Since when it counts, where it is stored.
    #[schema(required, format = "date-time")]
    updated_at: Option<String>,
}

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = external::Created)]
pub(super) struct Created {
    /// Always true.
    success: bool,
    /// Its text, now and never again.
    #[schema(example = "eggent_ext_…")]
    token: String,
    masked_token: String,
    /// `stored`.
    source: &'static str,
}

/// What counts after the token has ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = external::Revoked)]
pub(super) struct Revoked {
    /// Always true.
    success: bool,
    #[serde(flatten)]
    left: Shown,
}

/// Whether there is a token, and how it begins and ends.
#[utoipa::path(
    get,
    path = "/api/external/token",
    tag = "External messages",
    operation_id = "external_token",
    responses((status = 200, description = "The token, as far as it is shown", body = Shown), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn show(State(cx): State<Context>, proof: Proof) -> Result<Json<Shown>, Failure> {
    let state = external::state(&cx, &proof.caller()?).await?;
    Ok(Json(Shown::of(state)))
}

/// Makes a token; the one before it ends at once, or after a grace.
#[utoipa::path(
    post,
    path = "/api/external/token",
    tag = "External messages",
    operation_id = "external_token_renew",
    request_body(content = Option<NewToken>),
    responses((status = 200, description = "The token, shown this once", body = Created), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn renew(
    State(cx): State<Context>,
    proof: Proof,
    request: Request,
) -> Result<Json<Created>, Failure> {
    let caller = proof.caller()?;
    let grace = grace(&optional(request).await?)?;
    let made = external::renew(&cx, &caller, grace).await?;
    Ok(Json(Created {
        success: true,
        token: made.text.into_inner(),
        masked_token: made.key.prefix,
        source: "stored",
    }))
}

/// Ends the token.
#[utoipa::path(
    delete,
    path = "/api/external/token",
    tag = "External messages",
    operation_id = "external_token_revoke",
    responses((status = 200, description = "What counts from now on", body = Revoked), Failure),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn revoke(
    State(cx): State<Context>,
    proof: Proof,
) -> Result<Json<Revoked>, Failure> {
    let state = external::revoke(&cx, &proof.caller()?).await?;
    Ok(Json(Revoked {
        success: true,
        left: Shown::of(state),
    }))
}

/// A body that may be left out.
async fn optional(request: Request) -> Result<Map<String, Value>> {
    let bytes = body::read(request, body::JSON_LIMIT).await?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(Error::invalid("body", "must be a JSON object")),
        Err(error) => Err(Error::invalid("body", format!("is not JSON: {error}"))),
    }
}

fn grace(object: &Map<String, Value>) -> Result<u32> {
    match object.get("graceSeconds") {
        None | Some(Value::Null) => Ok(0),
        Some(value) => value
            .as_u64()
            .and_then(|seconds| u32::try_from(seconds).ok())
            .ok_or_else(|| Error::invalid("graceSeconds", "must be a whole number of seconds")),
    }
}

impl Shown {
    fn of(state: TokenState) -> Self {
        Self {
            configured: state.source != Source::None,
            source: match state.source {
                Source::Stored => "stored",
                Source::Environment => "env",
                Source::None => "none",
            },
            masked_token: state.masked,
            updated_at: state.updated_at.map(time),
        }
    }
}

fn time(time: Time) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
