//! A message as the gateway brings it ("Message Create", "Message Object"). Fields that are not used are not looked at.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::api::Bot;
use crate::callback::{Event, Heard, HeardAttachment};
use crate::driver::SendError;

/// What begins the address of a file in [`HeardAttachment`]: Discord's own address of it follows, which holds for a day.
pub(super) const NAMED: &str = "discord:file/";
/// Bytes of a bad event that are kept.
const KEPT: usize = 4_096;
/// The types of message that people write: an ordinary one and a reply.
const SAID: [u64; 2] = [0, 19];

/// Whoever is listening.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listener {
    /// The bot's id.
    pub bot_id: String,
    /// Whether it hears in servers only what mentions or answers it.
    pub only_mentions: bool,
}

#[derive(Deserialize)]
struct Message {
    id: String,
    channel_id: String,
    guild_id: Option<String>,
    author: User,
    member: Option<Member>,
    #[serde(default)]
    content: String,
    #[serde(default, rename = "type")]
    kind: u64,
    webhook_id: Option<String>,
    #[serde(default)]
    attachments: Vec<Attachment>,
    #[serde(default)]
    mentions: Vec<Mentioned>,
    message_reference: Option<Reference>,
    referenced_message: Option<Referenced>,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub id: String,
    pub username: Option<String>,
    pub global_name: Option<String>,
    #[serde(default)]
    pub bot: bool,
}

#[derive(Deserialize)]
pub(super) struct Member {
    pub nick: Option<String>,
}

#[derive(Deserialize)]
struct Mentioned {
    id: String,
}

#[derive(Deserialize)]
struct Reference {
    message_id: Option<String>,
}

#[derive(Deserialize)]
struct Referenced {
    author: Option<Mentioned>,
}

#[derive(Deserialize)]
struct Attachment {
    filename: String,
    content_type: Option<String>,
    size: Option<u64>,
    url: String,
}

/// Reads the `d` of `MESSAGE_CREATE`.
pub(super) fn read(message: &Value, listener: &Listener) -> Event {
    match Message::deserialize(message) {
        Ok(message) => {
            let is_group = message.guild_id.is_some();
            heard(message, listener, is_group)
        }
        Err(error) => bad(message, &error.to_string()),
    }
}

/// Reads a message of a channel, which is one of a server or not: asked for, messages do not say so.
pub(super) fn read_in(message: &Value, listener: &Listener, is_group: bool) -> Event {
    match Message::deserialize(message) {
        Ok(message) => heard(message, listener, is_group),
        Err(error) => bad(message, &error.to_string()),
    }
}

/// What could not be read, as it is kept.
pub(super) fn bad(event: &Value, why: &str) -> Event {
    let id = event.get("id").and_then(Value::as_str);
    let raw = event.to_string();
    let mut end = raw.len().min(KEPT);
    while !raw.is_char_boundary(end) {
        end -= 1;
    }
    Event::Bad {
        platform_event_id: id.map(str::to_owned),
        why: why.to_owned(),
        raw: raw.get(..end).unwrap_or_default().to_owned(),
    }
}

fn heard(message: Message, listener: &Listener, is_group: bool) -> Event {
    let ignored = |reason| Event::Ignored { reason };
    // Bots that answer bots never end; what a webhook says is no one's.
    if message.author.bot || message.webhook_id.is_some() || message.author.id == listener.bot_id {
        return ignored("other_bot");
    }
    if !SAID.contains(&message.kind) {
        return ignored("unsupported_update");
    }
    if is_group && listener.only_mentions && !concerns(&message, &listener.bot_id) {
        return ignored("not_mentioned");
    }
    let text = without_mention(&message.content, &listener.bot_id);
    // In servers, Discord leaves both out for a bot without the Message Content Intent.
    if text.is_empty() && message.attachments.is_empty() {
        return ignored("non_text");
    }
    let nick = message.member.and_then(|member| member.nick);
    let mut metadata = vec![("message_id".to_owned(), message.id.clone())];
    let repliee = message.message_reference.and_then(|of| of.message_id);
    for (name, value) in [
        ("username", message.author.username.clone()),
        ("guild_id", message.guild_id),
        ("reply_to_message_id", repliee),
    ] {
        metadata.extend(value.map(|value| (name.to_owned(), value)));
    }
    Event::Heard(Box::new(Heard {
        platform_event_id: Some(message.id),
        platform_user_id: message.author.id.clone(),
        display_name: nick.or_else(|| message.author.name()),
        platform_chat_id: message.channel_id,
        is_group,
        title: None,
        text,
        attachments: message.attachments.into_iter().map(attachment).collect(),
        metadata,
        acknowledge: None,
        shown_in: None,
    }))
}

/// Whether a message mentions the bot or answers it.
fn concerns(message: &Message, bot_id: &str) -> bool {
    let answered = message.referenced_message.as_ref();
    let answered = answered.and_then(|message| message.author.as_ref());
    message.mentions.iter().any(|user| user.id == bot_id)
        || answered.is_some_and(|author| author.id == bot_id)
}

/// The text without the bot's own mention before it ("Message Formatting").
fn without_mention(text: &str, bot_id: &str) -> String {
    let text = text.trim();
    let rest = [format!("<@{bot_id}>"), format!("<@!{bot_id}>")]
        .iter()
        .find_map(|mention| text.strip_prefix(mention.as_str()));
    let rest = rest.map(|rest| rest.trim_start_matches([',', ':']).trim_start());
    rest.unwrap_or(text).to_owned()
}

fn attachment(attachment: Attachment) -> HeardAttachment {
    HeardAttachment {
        name: attachment
            .filename
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or("file")
            .to_owned(),
        content_type: attachment
            .content_type
            .unwrap_or_else(|| "application/octet-stream".to_owned()),
        size: attachment.size,
        url: format!("{NAMED}{}", attachment.url),
    }
}

impl User {
    /// The name that Discord shows.
    pub(super) fn name(&self) -> Option<String> {
        self.global_name.clone().or_else(|| self.username.clone())
    }
}

/// The bytes of a file that came with a message.
pub(super) async fn fetch(bot: &Bot<'_>, address: &str, most: usize) -> Result<Bytes, SendError> {
    let never = |what: String| SendError::Permanent { status: None, what };
    let url = address.strip_prefix(NAMED).and_then(|url| url.parse().ok());
    let url = url.ok_or_else(|| never("it is no file of Discord's".to_owned()))?;
    let bytes = bot.download(url, most.saturating_add(1)).await?;
    match bytes.len() > most {
        true => Err(never(format!("it has more than {most} bytes"))),
        false => Ok(bytes),
    }
}
