//! An update is one thing that happened at Telegram ("Update", "Message", "CallbackQuery"), whether it was brought by a call
//! or fetched by a poll: this is the one reader of both. Fields that are not used are not looked at.

mod media;

use serde::Deserialize;
use serde_json::Value;

use self::media::Media;
use super::chat;
use super::settings::Account;
use crate::callback::{Event, Heard};

/// What an update means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Read {
    /// `update_id`, where there is one.
    pub id: Option<i64>,
    pub event: Event,
}

/// What begins the data of a button whose value is too long to be data: the button's label stands for it.
pub(super) const BY_LABEL: char = '\u{1f}';

/// Bytes of a bad update that are kept.
const KEPT: usize = 4_096;

#[derive(Deserialize)]
struct Message {
    message_id: i64,
    message_thread_id: Option<i64>,
    #[serde(default)]
    is_topic_message: bool,
    from: Option<User>,
    chat: Chat,
    text: Option<String>,
    caption: Option<String>,
    reply_to_message: Option<Repliee>,
    media_group_id: Option<String>,
    migrate_to_chat_id: Option<i64>,
    #[serde(flatten)]
    media: Media,
}

#[derive(Deserialize)]
struct Repliee {
    message_id: Option<i64>,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    #[serde(default)]
    is_bot: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
    language_code: Option<String>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    #[serde(default, rename = "type")]
    kind: String,
    title: Option<String>,
}

#[derive(Deserialize)]
struct Pressed {
    id: String,
    from: User,
    message: Option<PressedIn>,
    data: Option<String>,
}

#[derive(Deserialize)]
struct PressedIn {
    message_id: Option<i64>,
    message_thread_id: Option<i64>,
    #[serde(default)]
    is_topic_message: bool,
    chat: Chat,
    #[serde(default)]
    reply_markup: Value,
}

/// Reads an update to this bot.
pub(super) fn read(update: &Value, bot: &Account) -> Read {
    let id = update.get("update_id").and_then(Value::as_i64);
    let Some(number) = id else {
        let event = bad(None, "it has no update_id", update);
        return Read { id, event };
    };
    let event = match content(update) {
        Content::Message(message, edited) => match Message::deserialize(message) {
            Ok(message) => heard(bot.key(number), message, edited, &bot.username),
            Err(error) => bad(Some(bot.key(number)), &error.to_string(), update),
        },
        Content::Pressed(pressed) => match Pressed::deserialize(pressed) {
            Ok(pressed) => chosen(bot.key(number), pressed),
            Err(error) => bad(Some(bot.key(number)), &error.to_string(), update),
        },
        Content::Other => ignored("unsupported_update"),
    };
    Read { id, event }
}

/// What of an update's text is worth keeping.
pub(super) fn keep(raw: &str) -> String {
    let mut end = raw.len().min(KEPT);
    while !raw.is_char_boundary(end) {
        end -= 1;
    }
    raw.get(..end).unwrap_or_default().to_owned()
}

enum Content<'a> {
    Message(&'a Value, bool),
    Pressed(&'a Value),
    Other,
}

fn content(update: &Value) -> Content<'_> {
    if let Some(message) = update.get("message") {
        return Content::Message(message, false);
    }
    if let Some(message) = update.get("edited_message") {
        return Content::Message(message, true);
    }
    update
        .get("callback_query")
        .map_or(Content::Other, Content::Pressed)
}

fn heard(key: String, message: Message, edited: bool, username: &str) -> Event {
    if let Some(to) = message.migrate_to_chat_id {
        return Event::Moved {
            from: message.chat.id.to_string(),
            to: to.to_string(),
        };
    }
    let Some(from) = message.from else {
        return ignored("missing_user_id");
    };
    if from.is_bot || message.chat.kind == "channel" {
        return ignored("unsupported_update");
    }
    let said = message.text.or(message.caption).unwrap_or_default();
    let Some(said) = own_command(&said, username) else {
        return ignored("other_bot");
    };
    let (attachments, stands_for) = message.media.attachments();
    let text = match (said.is_empty(), stands_for) {
        (true, Some(emoji)) => emoji,
        _ => said,
    };
    if text.is_empty() && attachments.is_empty() {
        return ignored("non_text");
    }
    let topic = message
        .message_thread_id
        .filter(|_| message.is_topic_message);
    let mut metadata = about(&from, Some(message.message_id));
    let mut tell = |name: &str, value: Option<String>| {
        metadata.extend(value.map(|value| (name.to_owned(), value)));
    };
    tell("edited", edited.then(|| "true".to_owned()));
    let repliee = message.reply_to_message.and_then(|reply| reply.message_id);
    tell("reply_to_message_id", repliee.map(|id| id.to_string()));
    tell("media_group_id", message.media_group_id);
    Event::Heard(Box::new(Heard {
        platform_event_id: Some(key),
        platform_user_id: from.id.to_string(),
        display_name: from.name(),
        platform_chat_id: chat::key(message.chat.id, topic),
        is_group: message.chat.is_group(),
        title: message.chat.title,
        text,
        attachments,
        metadata,
        acknowledge: None,
        shown_in: None,
    }))
}

/// A pressed button says its value, as if the person had written it.
fn chosen(key: String, pressed: Pressed) -> Event {
    let (Some(within), Some(data)) = (pressed.message, pressed.data) else {
        return ignored("unsupported_update");
    };
    let text = match data.starts_with(BY_LABEL) {
        true => label(&within.reply_markup, &data),
        false => Some(data),
    };
    let Some(text) = text else {
        return ignored("unsupported_update");
    };
    let topic = within.message_thread_id.filter(|_| within.is_topic_message);
    let mut metadata = about(&pressed.from, within.message_id);
    metadata.push(("button".to_owned(), "true".to_owned()));
    Event::Heard(Box::new(Heard {
        platform_event_id: Some(key),
        platform_user_id: pressed.from.id.to_string(),
        display_name: pressed.from.name(),
        platform_chat_id: chat::key(within.chat.id, topic),
        is_group: within.chat.is_group(),
        title: within.chat.title,
        text,
        attachments: Vec::new(),
        metadata,
        acknowledge: Some(pressed.id),
        shown_in: None,
    }))
}

/// What stands on the button with this data.
fn label(markup: &Value, data: &str) -> Option<String> {
    let rows = markup.get("inline_keyboard")?.as_array()?;
    let mut buttons = rows.iter().filter_map(Value::as_array).flatten();
    let pressed =
        buttons.find(|button| button.get("callback_data").and_then(Value::as_str) == Some(data))?;
    pressed.get("text")?.as_str().map(str::to_owned)
}

/// The text with `@bot` taken off its command. `None` where the command is another bot's, which groups have.
fn own_command(text: &str, username: &str) -> Option<String> {
    let first = text.split_whitespace().next().unwrap_or_default();
    let addressed = first
        .strip_prefix('/')
        .and_then(|command| command.split_once('@'));
    match addressed {
        Some((_, bot)) if !bot.eq_ignore_ascii_case(username) => None,
        Some((command, _)) => {
            let rest = text.trim_start().get(first.len()..).unwrap_or_default();
            Some(format!("/{command}{rest}"))
        }
        None => Some(text.to_owned()),
    }
}

fn about(from: &User, message_id: Option<i64>) -> Vec<(String, String)> {
    let fields = [
        ("message_id", message_id.map(|id| id.to_string())),
        ("username", from.username.clone()),
        ("language", from.language_code.clone()),
    ];
    let told = |(name, value): (&str, Option<String>)| Some((name.to_owned(), value?));
    fields.into_iter().filter_map(told).collect()
}

fn ignored(reason: &'static str) -> Event {
    Event::Ignored { reason }
}

fn bad(key: Option<String>, why: &str, update: &Value) -> Event {
    Event::Bad {
        platform_event_id: key,
        why: why.to_owned(),
        raw: keep(&update.to_string()),
    }
}

impl User {
    fn name(&self) -> Option<String> {
        let names = [&self.first_name, &self.last_name].map(|name| name.as_deref().unwrap_or(""));
        let name = names.join(" ").trim().to_owned();
        Some(name)
            .filter(|name| !name.is_empty())
            .or_else(|| self.username.clone())
    }
}

impl Chat {
    fn is_group(&self) -> bool {
        matches!(self.kind.as_str(), "group" | "supergroup") || self.id < 0
    }
}

#[cfg(test)]
mod tests;
