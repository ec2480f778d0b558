//! The door of the widget's API: every request passes it before its handler runs. It finds the channel, checks the page
//! that sends, and makes the answer readable for that page (Fetch, "CORS protocol").

use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, Path, Request};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::failure::Failure;
use super::origin;
use crate::auth::address;
use crate::context::Context;
use crate::error::Error;
use crate::service::web_chat::{self, Origin, Visit};

/// A request that was let in.
pub(super) struct Entered(pub(super) Visit);

/// The origin that may read the answer, once it is known to be allowed.
#[derive(Clone, Default)]
struct Reader(Arc<OnceLock<HeaderValue>>);

#[derive(Deserialize)]
struct Named {
    channel: String,
}

impl FromRequestParts<Context> for Entered {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, cx: &Context) -> Result<Self, Failure> {
        let named = Path::<Named>::from_request_parts(parts, cx).await;
        let Path(Named { channel }) = named.map_err(|_| Error::not_found("Channel", ""))?;
        let origin = origin::of(&parts.headers, &cx.public_address);
        let visit = web_chat::enter(cx, &channel, &origin, address::client(parts)).await?;
        if let (Origin::Site(site), Some(reader)) = (&origin, parts.extensions.get::<Reader>())
            && let Ok(site) = HeaderValue::try_from(site)
        {
            // A request is extracted once; a second value would be the same.
            let _ = reader.0.set(site);
        }
        Ok(Self(visit))
    }
}

/// Lets the page of an allowed site read the answer, be it good or bad, and no cache keep it.
pub(super) async fn readable(mut request: Request, next: Next) -> Response {
    let reader = Reader::default();
    request.extensions_mut().insert(reader.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("origin"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(site) = reader.0.get() {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, site.clone());
    }
    response
}

/// Answers a browser that asks whether it may send.
pub(super) async fn preflight(_: Entered) -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, last-event-id",
        ),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
