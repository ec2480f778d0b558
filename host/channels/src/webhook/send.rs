//! Posting to the callback address (Channel API, "Outbound webhook format"; Standard Webhooks 1.0, "Delivery").

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Configuration, Credential, messages};
use crate::driver::{BoundChannel, SendError};
use crate::http::{ANSWER, Http, Method, Request, Response};
use crate::message::{Outbound, Receipt, Target};
use crate::signature::{self, StandardSecret};

/// How long a receiver may take: Standard Webhooks advises 15 to 30 s.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The longest wait that a receiver may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The documented body, to the letter and in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    event: &'static str,
    channel_id: &'a str,
    external_user_id: Option<&'a str>,
    group_external_id: Option<&'a str>,
    message: &'a str,
}

pub(super) async fn deliver(
    http: &dyn Http,
    channel: &BoundChannel,
    target: &Target,
    outbound: &Outbound,
) -> Result<Receipt, SendError> {
    let endpoint = Endpoint::of(channel)?;
    let mut receipt = Receipt::default();
    for (number, message) in messages(outbound).iter().enumerate() {
        // Each message is recognised by its own id; after a failure halfway the receiver gets the first ones again
        // under the ids that it knows.
        let id = match number {
            0 => outbound.delivery_id.clone(),
            number => format!("{}_{number}", outbound.delivery_id),
        };
        let request = endpoint.request(&id, target, message, Utc::now());
        let response = http
            .send(request)
            .await
            .map_err(SendError::when_idempotent)?;
        receipt.status = Some(accepted(&response)?);
    }
    Ok(receipt)
}

struct Endpoint<'a> {
    channel_id: &'a str,
    configuration: Configuration,
    credential: Credential,
    standard: StandardSecret,
}

impl<'a> Endpoint<'a> {
    fn of(channel: &'a BoundChannel) -> Result<Self, SendError> {
        let broken = |what: &str| SendError::ChannelBroken {
            status: None,
            what: what.to_owned(),
        };
        let configuration = Configuration::deserialize(&channel.configuration)
            .map_err(|_| broken("the channel's configuration cannot be read"))?;
        let credential = Credential::deserialize(channel.credential.expose())
            .map_err(|_| broken("the channel's credential cannot be read"))?;
        let standard = StandardSecret::parse(&credential.webhook_secret)
            .map_err(|_| broken("the channel's webhook secret cannot be read"))?;
        Ok(Self {
            channel_id: &channel.id,
            configuration,
            credential,
            standard,
        })
    }

    fn request(&self, id: &str, target: &Target, message: &str, now: DateTime<Utc>) -> Request {
        let body = self.body(target, message);
        let timestamp = now.timestamp();
        let legacy = signature::hex(&self.credential.webhook_secret, &body);
        let standard = self.standard.sign(id, timestamp, &body);
        let headers = [
            ("Content-Type", "application/json".to_owned()),
            ("X-Channel-Id", self.channel_id.to_owned()),
            ("X-Webhook-Signature", legacy),
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-signature", standard),
        ];
        Request {
            method: Method::Post,
            url: self.configuration.callback_url.clone(),
            headers: headers.into_iter().collect(),
            body,
            timeout: TIMEOUT,
            most: ANSWER,
        }
    }

    fn body(&self, target: &Target, message: &str) -> Bytes {
        let chat = target.platform_chat_id.as_str();
        let (user, group) = match target.is_group {
            true => (None, Some(chat.strip_prefix("g:").unwrap_or(chat))),
            false => (Some(chat.strip_prefix("u:").unwrap_or(chat)), None),
        };
        let body = Body {
            event: "message.send",
            channel_id: self.channel_id,
            external_user_id: target.platform_user_id.as_deref().or(user),
            group_external_id: group,
            message,
        };
        #[expect(clippy::expect_used, reason = "a struct of texts always serialises")]
        Bytes::from(serde_json::to_vec(&body).expect("a struct of texts"))
    }
}

/// What an answer means; its body is nobody's to see, since the address is the tenant's choice.
fn accepted(response: &Response) -> Result<u16, SendError> {
    let status = Some(response.status);
    let what = format!(
        "the callback address answered with status {}",
        response.status
    );
    let aborts = response
        .headers
        .get("webhook-delivery")
        .is_some_and(|value| value.trim() == "abort-message");
    match response.status {
        200..300 => Ok(response.status),
        410 => Err(SendError::ChannelBroken {
            status,
            what: format!("{what}: it is gone"),
        }),
        _ if aborts => Err(SendError::Permanent {
            status,
            what: format!("{what} and wants no other attempt"),
        }),
        413 => Err(SendError::Permanent {
            status,
            what: format!("{what}: the message is too large for it"),
        }),
        300..400 => Err(SendError::Retry {
            after: None,
            status,
            what: format!(
                "{what}: redirects are not followed; the channel needs the final address"
            ),
        }),
        _ => Err(SendError::Retry {
            after: retry_after(response, Utc::now()),
            status,
            what,
        }),
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), within bounds.
fn retry_after(response: &Response, now: DateTime<Utc>) -> Option<Duration> {
    let value = response.headers.get("retry-after")?.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = DateTime::parse_from_rfc2822(value).ok()?.to_utc();
            (until - now).to_std().unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST_WAIT))
}
