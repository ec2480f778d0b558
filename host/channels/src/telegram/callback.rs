//! A call of Telegram: one update, with the webhook's secret in a header and nothing signed ("setWebhook").

use bytes::Bytes;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::{SECRET_HEADER, settings, update};
use crate::callback::{Callback, CallbackAnswer, CallbackError, Called, Event};
use crate::driver::BoundChannel;

pub(super) fn read(channel: &BoundChannel, callback: &Callback) -> Result<Called, CallbackError> {
    let unverified = |_| CallbackError::Unverified;
    let secret = settings::credential(channel)
        .map_err(unverified)?
        .webhook_secret;
    let given = callback.headers.get(SECRET_HEADER).unwrap_or_default();
    // The lengths may be told apart by time; the secret may not. No secret is one that anybody knows.
    let is_known = secret.as_bytes().ct_eq(given.as_bytes());
    if secret.is_empty() || !bool::from(is_known) {
        return Err(CallbackError::Unverified);
    }
    let event = match serde_json::from_slice::<Value>(&callback.body) {
        Ok(update) => update::read(&update, &settings::Account::of(channel)).event,
        // Telegram would only send it again.
        Err(error) => Event::Bad {
            platform_event_id: None,
            why: format!("not JSON: {error}"),
            raw: update::keep(&String::from_utf8_lossy(&callback.body)),
        },
    };
    Ok(Called {
        answer: answer(&event),
        events: vec![event],
    })
}

/// An answer may name a method to call ("Making requests when getting updates"): a pressed button is acknowledged so.
fn answer(event: &Event) -> CallbackAnswer {
    let acknowledge = match event {
        Event::Heard(heard) => heard.acknowledge.as_deref(),
        _ => None,
    };
    let Some(id) = acknowledge else {
        return CallbackAnswer::default();
    };
    let body = json!({ "method": "answerCallbackQuery", "callback_query_id": id });
    CallbackAnswer {
        status: 200,
        content_type: "application/json",
        body: Bytes::from(body.to_string()),
    }
}
