//! A message is what someone said, as `getupdates` brings it ("WeixinMessage", "MessageItem"). Fields that are not used are
//! not looked at.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::media;
use crate::callback::{Event, Heard, HeardAttachment};
use crate::poll::Opening;
use crate::secret::Secret;

/// Bytes of a bad message that are kept.
const KEPT: usize = 4_096;
/// Whoever says something is a person, not the bot itself.
const BY_A_PERSON: i64 = 1;

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    message_id: Option<Id>,
    #[serde(default)]
    from_user_id: String,
    #[serde(default)]
    message_type: i64,
    #[serde(default)]
    group_id: Option<String>,
    #[serde(default)]
    create_time_ms: Option<i64>,
    #[serde(default)]
    context_token: Option<String>,
    #[serde(default)]
    item_list: Vec<Item>,
}

/// A number of 64 bits, or a text: kept as it was written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Text(String),
}

#[derive(Deserialize)]
struct Item {
    #[serde(default, rename = "type")]
    kind: i64,
    #[serde(default)]
    msg_id: Option<Id>,
    #[serde(default)]
    text_item: Option<TextItem>,
    #[serde(default)]
    image_item: Option<media::Item>,
    #[serde(default)]
    voice_item: Option<media::Item>,
    #[serde(default)]
    file_item: Option<media::Item>,
    #[serde(default)]
    video_item: Option<media::Item>,
    #[serde(default)]
    ref_msg: Option<Quoted>,
}

#[derive(Deserialize)]
struct TextItem {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct Quoted {
    title: Option<String>,
    partial_text: Option<String>,
}

/// What a message means, and how far its chat may be answered from then on.
pub(super) fn read(message: &Value, bot_id: &str) -> (Event, Option<Opening>) {
    let read = match Message::deserialize(message) {
        Ok(read) => read,
        Err(error) => return (bad(message, bot_id, &error.to_string()), None),
    };
    if read.message_type != BY_A_PERSON {
        return (ignored("own_message"), None);
    }
    if read.group_id.as_deref().is_some_and(|id| !id.is_empty()) {
        return (ignored("group_chat"), None);
    }
    if read.from_user_id.is_empty() {
        return (ignored("missing_user_id"), None);
    }
    let opens = read.opens();
    (read.heard(bot_id), opens)
}

impl Message {
    fn opens(&self) -> Option<Opening> {
        let token = self
            .context_token
            .clone()
            .filter(|token| !token.is_empty())?;
        let spoken = self
            .create_time_ms
            .and_then(DateTime::from_timestamp_millis);
        let now = Utc::now();
        Some(Opening {
            platform_chat_id: self.from_user_id.clone(),
            token: Secret::new(token),
            at: spoken.map_or(now, |at| at.min(now)),
        })
    }

    fn heard(self, bot_id: &str) -> Event {
        let id = self.message_id.map(Id::text);
        let id = id.or_else(|| {
            let first = self.item_list.first()?.msg_id.as_ref()?;
            Some(first.as_text())
        });
        let mut text = Vec::new();
        let mut attachments = Vec::new();
        let mut metadata: Vec<(String, String)> = Vec::new();
        metadata.extend(id.clone().map(|id| ("message_id".to_owned(), id)));
        for item in self.item_list {
            item.add_to(&mut text, &mut attachments, &mut metadata);
        }
        if text.is_empty() && attachments.is_empty() {
            return ignored("non_text");
        }
        Event::Heard(Box::new(Heard {
            platform_event_id: id.map(|id| format!("{bot_id}:{id}")),
            platform_chat_id: self.from_user_id.clone(),
            platform_user_id: self.from_user_id,
            display_name: None,
            is_group: false,
            title: None,
            text: text.join("\n"),
            attachments,
            metadata,
            acknowledge: None,
        }))
    }
}

impl Item {
    fn add_to(
        self,
        text: &mut Vec<String>,
        attachments: &mut Vec<HeardAttachment>,
        metadata: &mut Vec<(String, String)>,
    ) {
        let mut say = |said: String| {
            if !said.trim().is_empty() {
                text.push(said);
            }
        };
        let mut attach = |item: Option<media::Item>, name: &str, content_type: &str| {
            attachments.extend(item.and_then(|item| item.attachment(name, content_type)));
        };
        match self.kind {
            1 => say(self.text_item.map(|item| item.text).unwrap_or_default()),
            2 => attach(self.image_item, "image.jpg", "image/jpeg"),
            // Spoken in SILK, which hardly anything reads: what WeChat understood of it is worth more.
            3 => match self.voice_item {
                Some(item) if item.has_transcript() => {
                    metadata.push(("voice".to_owned(), "true".to_owned()));
                    say(item.transcript());
                }
                item => attach(item, "voice.silk", "audio/silk"),
            },
            4 => attach(self.file_item, "file", "application/octet-stream"),
            5 => attach(self.video_item, "video.mp4", "video/mp4"),
            _ => {}
        }
        if let Some(quoted) = self.ref_msg {
            let quoted = quoted.partial_text.or(quoted.title);
            metadata.extend(quoted.map(|quoted| ("quotes".to_owned(), quoted)));
        }
    }
}

impl Id {
    fn text(self) -> String {
        match self {
            Id::Number(number) => number.to_string(),
            Id::Text(text) => text,
        }
    }

    fn as_text(&self) -> String {
        match self {
            Id::Number(number) => number.to_string(),
            Id::Text(text) => text.clone(),
        }
    }
}

fn ignored(reason: &'static str) -> Event {
    Event::Ignored { reason }
}

fn bad(message: &Value, bot_id: &str, why: &str) -> Event {
    let id = message.get("message_id").and_then(|id| match id {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    });
    Event::Bad {
        platform_event_id: id.map(|id| format!("{bot_id}:{id}")),
        why: why.to_owned(),
        raw: kept(message),
    }
}

/// What of a bad message is worth keeping, without what one could answer it with.
fn kept(message: &Value) -> String {
    let mut message = message.clone();
    if let Some(fields) = message.as_object_mut() {
        fields.remove("context_token");
    }
    let raw = message.to_string();
    let mut end = raw.len().min(KEPT);
    while !raw.is_char_boundary(end) {
        end -= 1;
    }
    raw.get(..end).unwrap_or_default().to_owned()
}
