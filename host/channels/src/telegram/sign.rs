//! Signs of life: "typing" for five seconds, and an answer that grows in its place ("sendChatAction", "editMessageText").

use teloxide_core::payloads::{
    DeleteMessage, SendChatAction, SendChatActionSetters, SendMessage, SendMessageSetters,
};
use teloxide_core::types::{ChatAction, MessageId};

use super::TEXT;
use super::api::{Bot, Fault, Ignored};
use super::chat::Chat;
use super::send::{Sent, edit};
use crate::driver::SendError;
use crate::message::{Sign, Target};
use crate::split::split;

pub(super) async fn show(
    bot: &Bot<'_>,
    target: &Target,
    sign: &Sign,
) -> Result<Option<String>, SendError> {
    let chat = Chat::parse(&target.platform_chat_id);
    let recipient = chat.recipient.clone();
    match sign {
        Sign::Typing => {
            let mut request = SendChatAction::new(recipient, ChatAction::Typing);
            if let Some(thread) = chat.thread {
                request = request.message_thread_id(thread);
            }
            let _: Ignored = bot.call(&request).await?;
            Ok(None)
        }
        Sign::Partial { text, shown_in } => {
            // As much of its beginning as fits: the whole comes when it is whole.
            let Some(text) = split(text, TEXT).into_iter().next() else {
                return Ok(shown_in.clone());
            };
            let sent = match shown_in.as_ref().and_then(|id| id.parse().ok()) {
                Some(id) => edit(bot, &chat, id, &text, None, None).await?,
                None => {
                    let mut request = SendMessage::new(recipient, text).disable_notification(true);
                    request.message_thread_id = chat.thread;
                    bot.call::<_, Sent>(&request).await?
                }
            };
            Ok(Some(sent.message_id.to_string()))
        }
        Sign::Withdrawn { shown_in } => {
            withdraw(bot, &chat, shown_in).await?;
            Ok(None)
        }
    }
}

/// Takes a message away that came to nothing.
pub(super) async fn withdraw(bot: &Bot<'_>, chat: &Chat, shown_in: &str) -> Result<(), Fault> {
    if let Ok(id) = shown_in.parse() {
        let request = DeleteMessage::new(chat.recipient.clone(), MessageId(id));
        let _: Ignored = bot.call(&request).await?;
    }
    Ok(())
}
