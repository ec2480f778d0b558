//! The events of a live page (WHATWG HTML §9.2, server-sent events). The id of each says how far its reader has come in the
//! conversation and in the log, so that a browser that lost the connection misses nothing of either.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;

use super::wire::{ConsoleShown, LineShown, PartialShown, SaidShown};
use crate::error::Result;
use crate::openapi::Problem;
use crate::service::consoles::Console;
use crate::service::feeds::{Seen, What};

/// How often a silent stream says that it is still there: proxies close what says nothing.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a browser waits before it connects anew.
const RETRY: Duration = Duration::from_secs(1);
/// Asks a proxy not to hold events back.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The last event that a browser saw before it lost the connection.
pub(super) fn last_seen(headers: &HeaderMap) -> Option<&str> {
    let last = headers.get("last-event-id")?.to_str().ok()?;
    (!last.is_empty()).then_some(last)
}

/// How the page stands, and what is seen from then on.
pub(super) fn events(
    console: &Console,
    seen: impl Stream<Item = Result<Seen>> + Send + 'static,
) -> Response {
    let opening = data(
        Event::default().event("console").retry(RETRY),
        &ConsoleShown::from(console),
    );
    let events = stream::once(async { opening }).chain(seen.map(event));
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive");
    let response = Sse::new(events.map(Ok::<_, Infallible>)).keep_alive(keep_alive);
    ([(X_ACCEL_BUFFERING, "no")], response).into_response()
}

fn event(seen: Result<Seen>) -> Event {
    match seen {
        Ok(Seen { what, cursor }) => {
            let event = Event::default();
            match what {
                What::Said(said) => {
                    let event = event.event("said").id(cursor.to_string());
                    data(event, &SaidShown::from(&*said))
                }
                What::Line(line) => {
                    let event = event.event("line").id(cursor.to_string());
                    data(event, &LineShown::from(&*line))
                }
                What::Typing => event.event("typing").data("{}"),
                What::Partial(text) => data(event.event("partial"), &PartialShown::from(&*text)),
                What::Stands(console) => {
                    data(event.event("console"), &ConsoleShown::from(&*console))
                }
            }
        }
        // The last one: why there is no more.
        Err(error) => {
            error.report("live");
            data(Event::default().event("over"), &Problem::of(&error))
        }
    }
}

fn data(event: Event, value: &impl Serialize) -> Event {
    // JSON is one line, and these values always serialise.
    event.json_data(value).unwrap_or_default()
}
