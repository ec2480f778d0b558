//! The event stream (WHATWG HTML §9.2, server-sent events): a message is an event with its id, from which a browser that
//! lost the connection resumes by itself; `typing` and `partial` are passing and have none.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde_json::json;
use store::ids::MessageId;

use super::wire::MessageShown;
use crate::service::web_chat::{Seen, Visit};

/// How often a silent stream says that it is still there: proxies close what says nothing.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a browser waits before it connects anew.
const RETRY: Duration = Duration::from_secs(2);
/// Asks a proxy not to hold events back.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The last message that a browser saw before it lost the connection.
pub(super) fn last_seen(headers: &HeaderMap) -> Option<MessageId> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// What is seen, as a response.
pub(super) fn stream(visit: Visit, seen: impl Stream<Item = Seen> + Send + 'static) -> Response {
    let opening = stream::once(async { Event::default().comment("open").retry(RETRY) });
    let events = opening.chain(seen.map(move |seen| event(&visit, seen)));
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive");
    let response = Sse::new(events.map(Ok::<_, Infallible>)).keep_alive(keep_alive);
    ([(X_ACCEL_BUFFERING, "no")], response).into_response()
}

fn event(visit: &Visit, seen: Seen) -> Event {
    match seen {
        Seen::Message(message) => {
            let id = message.id.to_string();
            data(
                Event::default().event("message").id(id),
                &MessageShown::of(visit, *message),
            )
        }
        Seen::Typing => data(Event::default().event("typing"), &json!({})),
        Seen::Partial(text) => data(Event::default().event("partial"), &json!({ "text": text })),
    }
}

fn data(event: Event, value: &impl serde::Serialize) -> Event {
    // JSON is one line, and these values always serialise; an event without data would be ignored.
    event.json_data(value).unwrap_or_default()
}
