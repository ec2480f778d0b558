//! Sign-in for programs and pages of one's own: `POST /api/auth/login` and its kin. Errors are `{"error": "…"}` under a
//! fitting status. Each answer with a session's token also sets it as the browser's cookie.

mod bodies;
mod failure;
mod wire;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use utoipa::OpenApi;

use self::bodies::{Login, Registration};
use self::failure::{Failure, Refusal};
use self::wire::{Done, SessionShown, StatusShown};
use crate::auth::{Proof, SessionCookie, is_trusted};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::request::body::JsonObject;
use crate::service::invites::{self, NewPerson};
use crate::service::sessions::{self, SignedIn};
use crate::service::{projects, sign_in, users};
use crate::vault::Secret;

/// The routes, described.
#[derive(OpenApi)]
#[openapi(
    paths(login, register, refresh, logout, status),
    components(schemas(Refusal)),
    tags((name = "Sign-in", description = "Signing in and out: a session's token, which is the browser's cookie too."))
)]
pub(super) struct Description;

/// The routes.
pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/auth/login", post(login))
        .route("/api/auth/register", post(register))
        .route("/api/auth/refresh", post(refresh))
        .route("/api/auth/logout", post(logout))
        .route("/api/auth/status", get(status))
}

/// Signs in by e-mail and password.
#[utoipa::path(
    post,
    path = "/api/auth/login",
    tag = "Sign-in",
    operation_id = "auth_login",
    request_body(content = Login),
    responses((status = 200, description = "The session", body = SessionShown), Failure),
    security(())
)]
async fn login(
    State(cx): State<Context>,
    proof: Proof,
    method: Method,
    headers: HeaderMap,
    body: JsonObject,
) -> Result<Response, Failure> {
    check_origin(&cx, &method, &headers)?;
    let fields = body.fields()?;
    let email = fields.required_text(&["email"], users::EMAIL)?;
    let password = Secret::new(fields.required_text(&["password"], users::PASSWORD)?);
    let signed_in = sign_in::with_password(&cx, proof.client(), &email, password).await;
    signed_in
        .map_err(Failure::of_sign_in)
        .and_then(|session| shown(StatusCode::OK, session))
}

/// Makes an account with an invite, and signs it in.
#[utoipa::path(
    post,
    path = "/api/auth/register",
    tag = "Sign-in",
    operation_id = "auth_register",
    request_body(content = Registration),
    responses((status = 201, description = "The session of the new account", body = SessionShown), Failure),
    security(())
)]
async fn register(
    State(cx): State<Context>,
    proof: Proof,
    method: Method,
    headers: HeaderMap,
    body: JsonObject,
) -> Result<Response, Failure> {
    check_origin(&cx, &method, &headers)?;
    let fields = body.fields()?;
    let invite = fields.text(&["invite", "inviteToken", "invite_token"], 200)?;
    let invite = invite.ok_or_else(|| Error::Forbidden {
        what: "register without an invite: ask an owner for one, and send its token as `invite`"
            .to_owned(),
    })?;
    let person = NewPerson {
        email: Some(fields.required_text(&["email"], users::EMAIL)?),
        name: fields.text(&["name"], users::NAME)?,
        password: Secret::new(fields.required_text(&["password"], users::PASSWORD)?),
    };
    let session = invites::accept_new(&cx, proof.client(), &invite, person).await?;
    shown(StatusCode::CREATED, session)
}

/// Puts a new session in the place of the one that asks, which ends.
#[utoipa::path(
    post,
    path = "/api/auth/refresh",
    tag = "Sign-in",
    operation_id = "auth_refresh",
    responses((status = 200, description = "The new session", body = SessionShown), Failure),
    security(("session_token" = []), ("session" = []))
)]
async fn refresh(State(cx): State<Context>, proof: Proof) -> Result<Response, Failure> {
    let session = sessions::refresh(&cx, &proof.caller()?).await?;
    shown(StatusCode::OK, session)
}

/// Ends the session that asks; one that has ended already is out.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    tag = "Sign-in",
    operation_id = "auth_logout",
    responses((status = 200, description = "It has ended", body = Done), Failure),
    security((), ("session_token" = []), ("session" = []))
)]
async fn logout(State(cx): State<Context>, proof: Proof) -> Result<Response, Failure> {
    // One that has ended already is out.
    if let Some(caller) = proof.caller_if_any()? {
        sessions::end(&cx, &caller).await?;
    }
    with_cookie(
        StatusCode::OK,
        &sessions::no_cookie(&cx),
        Json(Done::default()),
    )
}

/// Whether the caller is signed in, and who they are.
#[utoipa::path(
    get,
    path = "/api/auth/status",
    tag = "Sign-in",
    operation_id = "auth_status",
    responses((status = 200, description = "Who it is, if anyone", body = StatusShown), Failure),
    security((), ("session_token" = []), ("token" = []), ("session" = []))
)]
async fn status(State(cx): State<Context>, proof: Proof) -> Result<Response, Failure> {
    let caller = proof.caller_if_any()?;
    let viewer = match &caller {
        Some(caller) if caller.person().is_ok() => Some(projects::viewer(&cx, caller).await?),
        _ => None,
    };
    let shown = Json(StatusShown::of(caller.is_some(), viewer));
    Ok(([(CACHE_CONTROL, "no-store")], shown).into_response())
}

/// Another site's page must not sign its visitors in as someone of its choice.
fn check_origin(cx: &Context, method: &Method, headers: &HeaderMap) -> Result<()> {
    if is_trusted(method, headers, cx.config.web.public_url.as_ref()) {
        return Ok(());
    }
    Err(Error::Forbidden {
        what: "sign in from another site's page".to_owned(),
    })
}

fn shown(status: StatusCode, session: SignedIn) -> Result<Response, Failure> {
    with_cookie(status, &session.cookie(), Json(SessionShown::of(session)))
}

fn with_cookie(
    status: StatusCode,
    cookie: &SessionCookie,
    body: impl IntoResponse,
) -> Result<Response, Failure> {
    let cookie = cookie.header().map_err(Error::internal)?;
    let headers = [
        (SET_COOKIE, cookie),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((status, headers, body).into_response())
}
