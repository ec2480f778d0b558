//! Hooks: where platforms call. One route for every kind of channel: the driver verifies the raw bytes and says what was
//! heard; that is stored, and only then does the platform get its answer. Nothing waits for an agent here.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use channels::{Callback, CallbackAnswer, CallbackError, Headers, Heard, HeardAttachment};
use sandbox::types::{Attachment, AttachmentSource};
use store::channels::{Channel, ChannelStatus};
use utoipa::OpenApi;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::inbound::Inbound;
use crate::service::binding;
use crate::service::channels::parse_id;
use crate::web::Failure;

/// Bytes that a callback may have: platforms send descriptions of files, not files.
const BODY: usize = 1 << 20;

/// The route, described.
#[derive(OpenApi)]
#[openapi(
    paths(asked, called),
    components(schemas(crate::openapi::Problem)),
    tags((name = "Callbacks", description = "Where platforms call."))
)]
pub struct Description;

/// The route.
pub fn routes() -> Router<Context> {
    Router::new()
        .route("/hooks/{channel}", get(asked).post(called))
        .layer(DefaultBodyLimit::max(BODY))
}

/// Tells the host what happened on a platform. What the request holds and how it proves where it is from is the
/// platform's to say; so is what is answered.
#[utoipa::path(
    post,
    path = "/hooks/{channel}",
    tag = "Callbacks",
    operation_id = "hooks_called",
    params(("channel" = String, Path, description = "The channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")),
    responses((status = 200, description = "It is stored; what the platform wants to read"), Failure),
)]
async fn called(
    State(cx): State<Context>,
    Path(channel): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let callback = Callback {
        method: if method == Method::GET {
            channels::Method::Get
        } else {
            channels::Method::Post
        },
        query: query.unwrap_or_default(),
        headers: text(&headers),
        body,
    };
    let answer = hear(&cx, &channel, &callback).await?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    Ok((status, [(CONTENT_TYPE, answer.content_type)], answer.body).into_response())
}

/// Asks whether the host listens there, as platforms do before they call.
#[utoipa::path(
    get,
    path = "/hooks/{channel}",
    tag = "Callbacks",
    operation_id = "hooks_asked",
    params(("channel" = String, Path, description = "The channel's id", example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")),
    responses((status = 200, description = "What the platform wants to read"), Failure),
)]
async fn asked(
    cx: State<Context>,
    channel: Path<String>,
    method: Method,
    query: RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    called(cx, channel, method, query, headers, body).await
}

/// Headers whose value is no text are none that a driver reads.
fn text(headers: &HeaderMap) -> Headers {
    let pair = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(pair).collect()
}

/// Has the channel's driver read a callback, and stores what it heard.
async fn hear(cx: &Context, name: &str, callback: &Callback) -> Result<CallbackAnswer> {
    let missing = || Error::not_found("Channel", name);
    let channel = store::channels::find_anywhere(&cx.store, parse_id(name)?)
        .await?
        .ok_or_else(missing)?;
    if channel.status != ChannelStatus::Active {
        return Err(Error::conflict(
            format!("Channel `{name}`"),
            "it is not active",
        ));
    }
    let driver = channel
        .kind
        .parse()
        .ok()
        .and_then(|kind| cx.drivers.get(kind))
        .ok_or_else(missing)?;
    let bound = binding::open(cx, &channel)?;
    let called = driver
        .callback(&bound, callback)
        .map_err(|error| match error {
            CallbackError::Unsupported => missing(),
            CallbackError::Unverified => Error::Unauthenticated,
            CallbackError::Malformed(why) => Error::invalid("body", why),
        })?;
    for heard in called.heard {
        cx.inbox.receive(inbound(&channel, heard)).await?;
    }
    Ok(called.answer)
}

fn inbound(channel: &Channel, heard: Heard) -> Inbound {
    Inbound {
        organization_id: channel.organization_id,
        channel_id: channel.id,
        platform_event_id: heard.platform_event_id,
        platform_user_id: heard.platform_user_id,
        display_name: heard.display_name,
        platform_chat_id: heard.platform_chat_id,
        is_group: heard.is_group,
        title: heard.title,
        text: heard.text,
        attachments: heard.attachments.into_iter().map(attachment).collect(),
        metadata: heard.metadata,
    }
}

fn attachment(heard: HeardAttachment) -> Attachment {
    Attachment {
        name: heard.name,
        content_type: heard.content_type,
        size: heard.size,
        source: AttachmentSource::Url(heard.url),
        metadata: Vec::new(),
    }
}
