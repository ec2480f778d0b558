//! One try to bring a message to its platform, and what it means for the delivery.

use std::time::Duration;

use channels::{AttachmentSource, Outbound, OutboundAttachment, Receipt, SendError, Target};
use chrono::Utc;
use store::channels::ChannelStatus;
use store::deliveries::{Attempt, Outcome, TakenDelivery};
use store::ids::{ChannelId, TurnId};
use store::windows::Wait;

use super::bound::BoundChannels;
use crate::content::{Content, without_nul};
use crate::context::Context;
use crate::service;
use crate::service::windows::OpenWindow;

/// How long a try may take, whatever the driver does.
const LIMIT: Duration = Duration::from_secs(60);
/// When a try is made again that could not begin.
const AGAIN: Duration = Duration::from_secs(1);

/// Tries once. Never fails: whatever happens has a meaning for the delivery.
pub(super) async fn attempt(
    cx: &Context,
    channels: &BoundChannels,
    delivery: &TakenDelivery,
) -> Attempt {
    let result = |outcome, platform_status: Option<u16>, error: Option<String>| Attempt {
        organization_id: delivery.organization_id.into(),
        id: delivery.id.into(),
        fence: delivery.fence,
        outcome,
        platform_status: platform_status.map(i32::from),
        error: error.as_deref().map(without_nul),
        parts_sent: delivery.parts_sent,
        replaced: None,
    };
    if delivery.channel_deleted {
        return result(
            Outcome::Dead,
            None,
            Some("the channel was deleted".to_owned()),
        );
    }
    let window = match window(cx, delivery).await {
        Ok(window) => window,
        Err(error) => {
            error.report("outbox");
            let at = Utc::now() + AGAIN;
            return result(Outcome::Retry { at }, None, Some(error.to_string()));
        }
    };
    let sent = tokio::time::timeout(LIMIT, send(cx, channels, delivery, window.as_ref())).await;
    let sent = sent.unwrap_or_else(|_| {
        Err(SendError::Unknown {
            what: format!("no answer within {} s", LIMIT.as_secs()),
        })
    });
    if let Some(window) = &window {
        count(cx, delivery, window, &sent).await;
    }
    let (parts_sent, sent) = match sent {
        Err(SendError::Interrupted { parts, error }) => {
            (i32::try_from(parts).unwrap_or(i32::MAX), Err(*error))
        }
        sent => (delivery.parts_sent, sent),
    };
    let went_on = parts_sent > delivery.parts_sent;
    let opening = window.map(|window| window.opening);
    let (outcome, status, error) = meaning(cx, delivery, sent, went_on, opening).await;
    // What showed it before is the message now, or may be: nothing else takes its place.
    let is_placed = went_on || matches!(outcome, Outcome::Delivered { .. } | Outcome::Unknown);
    let replaced = delivery
        .turn_id
        .filter(|_| delivery.shown_in.is_some() && is_placed);
    Attempt {
        parts_sent,
        replaced: replaced.map(TurnId::from),
        ..result(outcome, status, error)
    }
}

/// What came of a try, for the delivery: its end, the platform's status, and what the owner reads. `went_on` says that the
/// platform took more of the message than at the tries before.
async fn meaning(
    cx: &Context,
    delivery: &TakenDelivery,
    sent: Result<Receipt, SendError>,
    went_on: bool,
    opening: Option<i64>,
) -> (Outcome, Option<u16>, Option<String>) {
    match sent {
        Ok(receipt) => {
            follow(cx, delivery, &receipt).await;
            let outcome = Outcome::Delivered {
                platform_message_id: receipt.platform_message_id,
            };
            (outcome, receipt.status, None)
        }
        Err(SendError::Retry {
            after,
            status,
            what,
        }) => match next_attempt(cx, delivery, after, went_on) {
            Some(at) => (Outcome::Retry { at }, status, Some(what)),
            None => (Outcome::Dead, status, Some(what)),
        },
        Err(SendError::Waits { what }) => {
            let wait = Wait {
                channel_id: delivery.channel_id.into(),
                platform_chat_id: delivery.platform_chat_id.clone(),
                opening,
            };
            (Outcome::Waits(wait), None, Some(what))
        }
        Err(SendError::Permanent { status, what }) => (Outcome::Dead, status, Some(what)),
        Err(SendError::ChannelBroken { status, what }) => {
            mark(cx, delivery, ChannelStatus::Error, &what).await;
            (Outcome::Dead, status, Some(what))
        }
        Err(SendError::Expired { status, what }) => {
            // Due, but not taken before the channel is active again: then with another credential.
            let outcome = match mark(cx, delivery, ChannelStatus::Expired, &what).await {
                true => Outcome::Retry { at: Utc::now() },
                false => match next_attempt(cx, delivery, None, went_on) {
                    Some(at) => Outcome::Retry { at },
                    None => Outcome::Dead,
                },
            };
            (outcome, status, Some(what))
        }
        Err(error @ (SendError::Unknown { .. } | SendError::Interrupted { .. })) => {
            (Outcome::Unknown, None, Some(error.to_string()))
        }
    }
}

/// Marks the delivery's channel as out of order. Whether that could be written.
async fn mark(cx: &Context, delivery: &TakenDelivery, status: ChannelStatus, why: &str) -> bool {
    let (owner, channel) = (delivery.organization_id.into(), delivery.channel_id.into());
    let marked = service::binding::out_of_order(cx, owner, channel, status, why).await;
    if let Err(error) = &marked {
        error.report("outbox");
    }
    marked.is_ok()
}

/// Takes note where a message that arrived was told that its chat goes on under another id.
async fn follow(cx: &Context, delivery: &TakenDelivery, receipt: &Receipt) {
    let Some(to) = &receipt.moved_to else { return };
    let (owner, channel) = (delivery.organization_id.into(), delivery.channel_id.into());
    let from = &delivery.platform_chat_id;
    if let Err(error) = store::reading::moved(&cx.store, owner, channel, from, to).await {
        // The message arrived all the same; the next one finds out again.
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            delivery = %delivery.id,
            "that a chat has moved could not be written"
        );
    }
}

/// How far the delivery's chat may be answered, where its platform limits that and someone has spoken there.
async fn window(
    cx: &Context,
    delivery: &TakenDelivery,
) -> Result<Option<OpenWindow>, crate::error::Error> {
    let kind = delivery.channel_kind.parse().ok();
    let driver = kind.and_then(|kind| cx.drivers.get(kind));
    if !driver.is_some_and(|driver| driver.answers_in_windows()) {
        return Ok(None);
    }
    let (owner, channel) = (delivery.organization_id.into(), delivery.channel_id.into());
    service::windows::find(cx, owner, channel, &delivery.platform_chat_id).await
}

/// Takes note of what went out. What is missed is found out when the platform takes no more.
async fn count(
    cx: &Context,
    delivery: &TakenDelivery,
    window: &OpenWindow,
    sent: &Result<Receipt, SendError>,
) {
    let sends = match sent {
        Ok(receipt) => i32::try_from(receipt.sends).unwrap_or(i32::MAX),
        Err(SendError::Interrupted { parts, .. }) => {
            i32::try_from(*parts).unwrap_or(i32::MAX) - delivery.parts_sent
        }
        Err(SendError::Unknown { .. }) => 1,
        Err(_) => 0,
    };
    if sends == 0 {
        return;
    }
    let (owner, channel) = (
        delivery.organization_id.into(),
        ChannelId::from(delivery.channel_id),
    );
    let (chat, opening) = (&delivery.platform_chat_id, window.opening);
    let counted = store::windows::spent(&cx.store, owner, channel, chat, opening, sends).await;
    if let Err(error) = counted {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            delivery = %delivery.id,
            "messages that went out were not counted"
        );
    }
}

async fn send(
    cx: &Context,
    channels: &BoundChannels,
    delivery: &TakenDelivery,
    window: Option<&OpenWindow>,
) -> Result<Receipt, SendError> {
    let ours = |error: crate::error::Error| {
        error.report("outbox");
        SendError::Retry {
            after: None,
            status: None,
            what: error.to_string(),
        }
    };
    let channel = channels.get(cx, delivery).await.map_err(ours)?;
    let driver = delivery
        .channel_kind
        .parse()
        .ok()
        .and_then(|kind| cx.drivers.get(kind));
    let Some(driver) = driver else {
        let what = format!("this host has no driver for `{}`", delivery.channel_kind);
        return Err(SendError::Permanent { status: None, what });
    };
    let content = Content::read(delivery.content.as_ref());
    let outbound = Outbound {
        delivery_id: delivery.id.to_string(),
        text: delivery.text.clone(),
        markdown: content.markdown,
        attachments: content
            .attachments
            .into_iter()
            .filter_map(outbound_attachment)
            .collect(),
        choices: content
            .choices
            .into_iter()
            .map(|choice| (choice.label, choice.value))
            .collect(),
        structured: content.structured,
        attempt: u32::from(delivery.attempts.unsigned_abs()),
        parts_sent: delivery.parts_sent.unsigned_abs(),
        replaces: delivery.shown_in.clone(),
        window: window.map(|open| open.window.clone()),
    };
    let target = Target {
        platform_chat_id: delivery.platform_chat_id.clone(),
        platform_user_id: delivery.platform_user_id.clone(),
        is_group: delivery.is_group,
    };
    driver
        .deliver(&cx.outgoing, &channel, &target, &outbound)
        .await
}

/// When it is tried again: as the platform asked, or by the back-off with up to a fifth of jitter. `None`: no more, unless
/// it went on, which it cannot do for ever.
fn next_attempt(
    cx: &Context,
    delivery: &TakenDelivery,
    asked: Option<Duration>,
    went_on: bool,
) -> Option<chrono::DateTime<Utc>> {
    let back_off = &cx.config.work.retry;
    let place = usize::from(delivery.attempts.unsigned_abs()).saturating_sub(1);
    let own = back_off.get(place);
    let own = own.or_else(|| back_off.last().filter(|_| went_on))?;
    let mut random = [0_u8; 1];
    // Without randomness the back-off is merely less spread.
    let _ = getrandom::fill(&mut random);
    let jittered = own.mul_f64(1.0 + f64::from(random[0]) / 255.0 / 5.0);
    Some(Utc::now() + asked.unwrap_or(jittered))
}

/// A file in the agent's workspace that could not be read is left out; the text goes all the same.
fn outbound_attachment(attachment: sandbox::types::Attachment) -> Option<OutboundAttachment> {
    let source = match attachment.source {
        sandbox::types::AttachmentSource::Url(url) => AttachmentSource::Url(url),
        sandbox::types::AttachmentSource::Inline(bytes) => AttachmentSource::Bytes(bytes.into()),
        sandbox::types::AttachmentSource::Workspace(path) => {
            tracing::warn!(
                path,
                "a reply names a file of a workspace, which agents do not have yet"
            );
            return None;
        }
    };
    Some(OutboundAttachment {
        name: attachment.name,
        content_type: attachment.content_type,
        source,
    })
}
