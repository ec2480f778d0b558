//! Signs of life: typing, and the answer as far as it has come.

use serde_json::{Value, json};

use super::TEXT;
use super::api::{Bot, Fault, Route};
use super::interaction::Interaction;
use super::send::{SOON, Sent, edit};
use crate::driver::SendError;
use crate::http::Method;
use crate::message::{Sign, Target};
use crate::split::split;

/// `SUPPRESS_NOTIFICATIONS` ("Message Flags").
const SILENT: u64 = 1 << 12;

/// Shows a sign. The id of the message that shows it, where it is one.
pub(super) async fn show(
    bot: &Bot<'_>,
    target: &Target,
    sign: &Sign,
) -> Result<Option<String>, SendError> {
    let channel = target.platform_chat_id.as_str();
    match sign {
        Sign::Typing => {
            bot.say(&Route::Typing(channel)).await?;
            Ok(None)
        }
        Sign::Partial { text, shown_in } => {
            // As much of its beginning as fits: the whole comes when it is whole.
            let Some(text) = split(text, TEXT).into_iter().next() else {
                return Ok(shown_in.clone());
            };
            match shown_in {
                Some(shown) => {
                    edit(bot, &route(channel, shown), &text).await?;
                    Ok(Some(shown.clone()))
                }
                None => {
                    let content: Value = json!({
                        "content": text, "flags": SILENT, "allowed_mentions": { "parse": [] }
                    });
                    let route = Route::Messages(channel);
                    let sent: Sent = bot.json(Method::Post, &route, &content).await?;
                    Ok(Some(sent.id))
                }
            }
        }
        Sign::Withdrawn { shown_in } => {
            withdraw(bot, target, shown_in).await?;
            Ok(None)
        }
    }
}

/// Takes a message away that came to nothing.
pub(super) async fn withdraw(bot: &Bot<'_>, target: &Target, shown_in: &str) -> Result<(), Fault> {
    match bot.delete(&route(&target.platform_chat_id, shown_in)).await {
        // Nothing may have come of it faster than Discord's own note that something is to come.
        Err(fault) if fault.is_of_missing() && Interaction::parse(shown_in).is_some() => {
            Err(Fault::Limited(SOON))
        }
        Err(fault) if fault.is_of_missing() => Ok(()),
        result => result,
    }
}

fn route<'a>(channel: &'a str, shown_in: &'a str) -> Route<'a> {
    match Interaction::parse(shown_in) {
        Some(of) => Route::Original(of.application, of.token),
        None => Route::Message(channel, shown_in),
    }
}
