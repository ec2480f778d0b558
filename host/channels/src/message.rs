//! A message, here, is one that an agent says, on its way out: what a driver is given to bring to a platform.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::secret::Secret;

/// The chat that a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The platform's id of the chat.
    pub platform_chat_id: String,
    /// The platform's id of the one person of a direct chat; of a group, of whoever is answered, where that is known.
    pub platform_user_id: Option<String>,
    /// Whether the chat has more than one person beside the agent.
    pub is_group: bool,
}

/// One message to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// The delivery's id, the same at every attempt: the idempotency key where a platform has one.
    pub delivery_id: String,
    /// What to show to people; may be empty.
    pub text: String,
    /// Whether the text is Markdown.
    pub markdown: bool,
    /// Files that go along.
    pub attachments: Vec<OutboundAttachment>,
    /// Buttons under the message: label, and the value that comes back.
    pub choices: Vec<(String, String)>,
    /// JSON for a program at the other end.
    pub structured: Option<String>,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// Parts that the platform took at attempts before this one: they are left out. See [`crate::SendError::Interrupted`].
    pub parts_sent: u32,
    /// The platform's id of a message that showed this one while it was being written: the first part takes its place.
    pub replaces: Option<String>,
    /// How far the chat may be answered, where its platform limits that. See [`crate::Driver::answers_in_windows`].
    pub window: Option<Window>,
}

/// How far a chat may be answered on a platform that lets one answer for a while, and only so often. It opens when someone
/// speaks in the chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// What the platform wants back with an answer.
    pub token: Secret<String>,
    /// When someone spoke last.
    pub opened_at: DateTime<Utc>,
    /// Messages that went out since.
    pub sent: u32,
    /// Whether the platform said that it takes no more.
    pub is_closed: bool,
}

/// A file that goes with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundAttachment {
    /// A file name without a path.
    pub name: String,
    /// A media type.
    pub content_type: String,
    /// Where its bytes are.
    pub source: AttachmentSource,
}

/// Where the bytes of an outbound file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentSource {
    /// At an address that the receiver can open.
    Url(String),
    /// Here.
    Bytes(Bytes),
}

/// What a platform said when it took a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The platform's id of the message, where it gives one.
    pub platform_message_id: Option<String>,
    /// The HTTP status, where the platform speaks HTTP.
    pub status: Option<u16>,
    /// The platform's id of the chat from now on, where the platform said that it has changed.
    pub moved_to: Option<String>,
    /// Messages that it counts for at this attempt, where that is limited.
    pub sends: u32,
}

/// A sign of life between a message and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// Someone is typing; shown for some seconds.
    Typing,
    /// The answer as far as it has come.
    Partial {
        /// All of it so far.
        text: String,
        /// The platform's id of the message that shows it already.
        shown_in: Option<String>,
    },
    /// What was shown in this message comes to nothing.
    Withdrawn {
        /// The platform's id of it.
        shown_in: String,
    },
}

impl Outbound {
    /// The message as text alone, for channels without buttons or files: choices as a list, files as their addresses.
    /// Structured content is not part of it. Empty where there is nothing for people to see.
    pub fn as_text(&self) -> String {
        let choices = self.choices.iter().map(|(label, _)| format!("- {label}"));
        let files = self.attachments.iter().map(OutboundAttachment::as_line);
        let text = Some(self.text.clone()).filter(|text| !text.is_empty());
        let parts = [text, lines(choices), lines(files)];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
    }
}

impl OutboundAttachment {
    fn as_line(&self) -> String {
        match &self.source {
            AttachmentSource::Url(url) => format!("{}: {url}", self.name),
            AttachmentSource::Bytes(bytes) => {
                format!(
                    "{} ({} bytes; this channel cannot carry files)",
                    self.name,
                    bytes.len()
                )
            }
        }
    }
}

fn lines(lines: impl Iterator<Item = String>) -> Option<String> {
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
impl Outbound {
    /// A plain message, for tests.
    pub(crate) fn plain(delivery_id: &str, text: &str) -> Self {
        Self {
            delivery_id: delivery_id.to_owned(),
            text: text.to_owned(),
            markdown: false,
            attachments: Vec::new(),
            choices: Vec::new(),
            structured: None,
            attempt: 1,
            parts_sent: 0,
            replaces: None,
            window: Some(Window {
                token: Secret::new("ctx-1".to_owned()),
                opened_at: Utc::now(),
                sent: 0,
                is_closed: false,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_channel_cannot_show_is_said_in_words() {
        let attachment = |name: &str, source| OutboundAttachment {
            name: name.to_owned(),
            content_type: "image/png".to_owned(),
            source,
        };
        let message = Outbound {
            choices: vec![
                ("Yes".to_owned(), "y".to_owned()),
                ("No".to_owned(), "n".to_owned()),
            ],
            attachments: vec![
                attachment(
                    "map.png",
                    AttachmentSource::Url("https://files.example/map.png".to_owned()),
                ),
                attachment(
                    "dot.png",
                    AttachmentSource::Bytes(Bytes::from_static(b"1234")),
                ),
            ],
            ..Outbound::plain("d1", "Shall we?")
        };
        let expected = "Shall we?\n\n- Yes\n- No\n\nmap.png: https://files.example/map.png\n\
                        dot.png (4 bytes; this channel cannot carry files)";
        assert_eq!(message.as_text(), expected);
        assert_eq!(Outbound::plain("d1", "").as_text(), "");
    }
}
