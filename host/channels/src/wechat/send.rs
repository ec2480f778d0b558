//! Sending: a message goes out part by part, its text in pieces, then its files, each part a message of WeChat's with
//! exactly one item. How many may go is limited by when the person spoke, and so is how late ("Sending").

use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::TEXT;
use super::account::Account;
use super::media::{self, MediaType};
use crate::driver::SendError;
use crate::http::{Headers, Method, Request};
use crate::message::{AttachmentSource, Outbound, OutboundAttachment, Receipt, Target, Window};
use crate::split::split;

/// Messages that may follow one of the person's.
pub(super) const SENDS: u32 = 10;
/// How long after it; less than the day that WeChat allows, by what clocks differ.
const OPEN: TimeDelta = TimeDelta::minutes(24 * 60 - 5);
/// How long parts are sent at one attempt: one more has to fit into what the host gives an attempt.
const ENOUGH: Duration = Duration::from_secs(8);
/// Tries at a message that WeChat does not take for a reason that is not known.
const TRIES: u32 = 5;
/// Bytes of a file that is fetched from elsewhere to be sent.
const FILE: usize = 20_000_000;
const FETCHING: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    message_id: Value,
}

enum Part<'a> {
    Text(String),
    File(&'a OutboundAttachment),
}

pub(super) async fn deliver(
    account: &Account<'_>,
    target: &Target,
    outbound: &Outbound,
) -> Result<Receipt, SendError> {
    let started = Instant::now();
    let parts = parts(outbound);
    let before = usize::try_from(outbound.parts_sent).unwrap_or(usize::MAX);
    let (window, left) = room(outbound.window.as_ref())?;
    let mut receipt = Receipt::default();
    for (number, part) in parts.iter().enumerate().skip(before) {
        let sent = number - before;
        let result = if u32::try_from(sent).is_ok_and(|sent| sent < left) {
            match sent > 0 && started.elapsed() >= ENOUGH {
                true => Err(rest_follows()),
                false => {
                    let letter = Letter {
                        account,
                        to: target,
                        token: window.token.expose(),
                        client_id: format!("{}-{number}", outbound.delivery_id),
                    };
                    letter.send(part).await
                }
            }
        } else {
            Err(used_up())
        };
        match result {
            Ok(id) => {
                receipt.status = Some(200);
                receipt.sends += 1;
                receipt.platform_message_id = receipt.platform_message_id.or(id);
            }
            Err(error) => {
                let error = bounded(error, outbound.attempt);
                return Err(match sent {
                    0 => error,
                    _ => SendError::Interrupted {
                        parts: u32::try_from(number).unwrap_or(u32::MAX),
                        error: Box::new(error),
                    },
                });
            }
        }
    }
    Ok(receipt)
}

/// The window, and the messages that still fit into it.
fn room(window: Option<&Window>) -> Result<(&Window, u32), SendError> {
    let window = window.ok_or_else(|| {
        waits("WeChat lets one write only to a person who has written; this goes out when they do")
    })?;
    if window.is_closed {
        return Err(waits(
            "WeChat takes no more for this person; this goes out when they write again",
        ));
    }
    if Utc::now() - window.opened_at > OPEN {
        return Err(waits(
            "the person wrote more than a day ago; this goes out when they write again",
        ));
    }
    match SENDS.checked_sub(window.sent) {
        None | Some(0) => Err(used_up()),
        Some(left) => Ok((window, left)),
    }
}

fn used_up() -> SendError {
    waits(
        "WeChat takes ten messages after each of the person's; this goes out when they write again",
    )
}

fn waits(what: &str) -> SendError {
    SendError::Waits {
        what: what.to_owned(),
    }
}

fn rest_follows() -> SendError {
    SendError::Retry {
        after: Some(Duration::ZERO),
        status: None,
        what: "the rest of the message follows".to_owned(),
    }
}

/// What WeChat answered without saying why is not tried for days: those behind it wait.
fn bounded(error: SendError, attempt: u32) -> SendError {
    match error {
        SendError::Retry {
            after: None,
            status: Some(200),
            what,
        } if attempt >= TRIES => SendError::Permanent {
            status: Some(200),
            what,
        },
        error => error,
    }
}

/// The same parts at every attempt.
fn parts(outbound: &Outbound) -> Vec<Part<'_>> {
    let mut text = outbound.text.clone();
    if !outbound.choices.is_empty() {
        let choices = outbound
            .choices
            .iter()
            .map(|(label, _)| format!("- {label}"));
        let choices = choices.collect::<Vec<_>>().join("\n");
        text = match text.is_empty() {
            true => choices,
            false => format!("{text}\n\n{choices}"),
        };
    }
    let texts = split(&text, TEXT).into_iter().map(Part::Text);
    texts
        .chain(outbound.attachments.iter().map(Part::File))
        .collect()
}

/// One message of WeChat's.
struct Letter<'a> {
    account: &'a Account<'a>,
    to: &'a Target,
    token: &'a str,
    client_id: String,
}

impl Letter<'_> {
    async fn send(&self, part: &Part<'_>) -> Result<Option<String>, SendError> {
        match part {
            Part::Text(text) => self.text(text).await,
            Part::File(file) => self.file(file).await,
        }
    }

    async fn text(&self, text: &str) -> Result<Option<String>, SendError> {
        self.item(json!({ "type": 1, "text_item": { "text": text } }))
            .await
    }

    async fn item(&self, item: Value) -> Result<Option<String>, SendError> {
        let body = json!({
            "msg": {
                "from_user_id": "",
                "to_user_id": self.to.platform_chat_id,
                "client_id": self.client_id,
                "message_type": 2,
                "message_state": 2,
                "item_list": [item],
                "context_token": self.token,
            },
        });
        let token = self.account.token();
        let sent = self.account.api.call(token, "ilink/bot/sendmessage", body);
        let sent: Sent = sent.await.map_err(SendError::from)?;
        Ok(match sent.message_id {
            Value::String(id) => Some(id),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        })
    }

    /// A file goes into the store first; one that cannot be had is told of by its address.
    async fn file(&self, file: &OutboundAttachment) -> Result<Option<String>, SendError> {
        let bytes = match &file.source {
            AttachmentSource::Bytes(bytes) => bytes.clone(),
            AttachmentSource::Url(url) => match self.fetched(url).await {
                Ok(bytes) => bytes,
                Err(_) => return self.text(&format!("{}: {url}", file.name)).await,
            },
        };
        let to = &self.to.platform_chat_id;
        let media_type = media_type(&file.content_type);
        let stored = media::store(self.account, to, media_type, &bytes).await?;
        let (media, sealed) = (stored.media, stored.sealed_size);
        let item = match media_type {
            MediaType::Image => {
                json!({ "type": 2, "image_item": { "media": media, "mid_size": sealed } })
            }
            MediaType::Video => {
                json!({ "type": 5, "video_item": { "media": media, "video_size": sealed } })
            }
            MediaType::File => json!({
                "type": 4,
                "file_item": { "media": media, "file_name": file.name, "len": bytes.len().to_string() },
            }),
        };
        self.item(item).await
    }

    async fn fetched(&self, address: &str) -> Result<Bytes, SendError> {
        // A file that came from WeChat goes back.
        if address.starts_with(media::NAMED) {
            return media::fetch(self.account, address, FILE).await;
        }
        let nothing = |what: &str| SendError::Permanent {
            status: None,
            what: what.to_owned(),
        };
        let request = Request {
            method: Method::Get,
            url: Url::parse(address).map_err(|_| nothing("no address"))?,
            headers: Headers::default(),
            body: Bytes::new(),
            timeout: FETCHING,
            most: FILE + 1,
        };
        let response = self.account.api.http.send(request).await;
        let response = response.map_err(SendError::when_idempotent)?;
        match response.is_success() && response.body.len() <= FILE {
            true => Ok(response.body),
            false => Err(nothing("not there, or too large")),
        }
    }
}

fn media_type(content_type: &str) -> MediaType {
    match content_type.split('/').next() {
        Some("image") => MediaType::Image,
        Some("video") => MediaType::Video,
        _ => MediaType::File,
    }
}
