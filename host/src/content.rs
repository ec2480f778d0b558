//! Content: what a stored message has beside its text, as the `content` column keeps it. Absent parts are left out, and
//! a message of text alone has none.

mod kept;

use sandbox::types::{Attachment, AttachmentSource, Choice, Entry, Reply, Speaker, TextFormat};
use serde::{Deserialize, Serialize};
use store::ids::{ContentId, OrganizationId};
use store::turns::PastMessage;

use crate::inbound::SentFile;

/// What tells in an attachment's metadata which content a message was sent with. Only the host writes it.
const SENT: &str = "sent_content";

/// The rest of a message or of a reply.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Content {
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "kept")]
    pub attachments: Vec<Attachment>,
    /// Buttons under a reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Whether the text is Markdown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub markdown: bool,
    /// The message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// JSON for a program at the other end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structured: Option<String>,
    /// Whatever else came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<(String, String)>,
}

impl Content {
    /// What a reply has beside its text.
    pub fn of_reply(reply: &Reply) -> Content {
        Content {
            attachments: reply.attachments.clone(),
            choices: reply.choices.clone(),
            markdown: matches!(reply.format, TextFormat::Markdown),
            reply_to: reply.reply_to.clone(),
            structured: reply.structured.clone(),
            metadata: reply.metadata.clone(),
        }
    }

    /// Reads the column. What an older version wrote and this one cannot read counts as absent.
    pub fn read(column: Option<&serde_json::Value>) -> Content {
        column
            .and_then(|value| Content::deserialize(value).ok())
            .unwrap_or_default()
    }

    /// The column's value: `None` where there is nothing but text.
    pub fn column(&self) -> Option<serde_json::Value> {
        if self.is_empty() {
            return None;
        }
        let mut value = serde_json::to_value(self).ok()?;
        clean(&mut value);
        Some(value)
    }
}

impl Content {
    fn is_empty(&self) -> bool {
        self.attachments.is_empty()
            && self.choices.is_empty()
            && !self.markdown
            && self.reply_to.is_none()
            && self.structured.is_none()
            && self.metadata.is_empty()
    }
}

/// A message of the past, as an agent sees it.
pub fn past_entry(message: PastMessage) -> Entry {
    Entry {
        id: message.id.to_string(),
        speaker: match message.speaker.as_str() {
            "contact" => Speaker::Contact,
            "team" => Speaker::Team,
            _ => Speaker::Agent,
        },
        name: message.name,
        text: message.text,
        attachments: Content::read(message.content.as_ref()).attachments,
        at: u64::try_from(message.created_at.timestamp_millis()).unwrap_or(0),
    }
}

/// Binds a file of a workspace to what is in it as it is sent.
pub fn bind(attachment: &mut Attachment, content: ContentId) {
    unbind(attachment);
    attachment
        .metadata
        .push((SENT.to_owned(), content.to_string()));
}

/// Takes away what a guest may have written in the place of what the host writes there.
pub fn unbind(attachment: &mut Attachment) {
    attachment.metadata.retain(|(name, _)| name != SENT);
}

impl Content {
    /// The files of the agent's workspace that it was sent with.
    pub fn sent_files(&self, organization_id: OrganizationId) -> Vec<SentFile> {
        let file = |attachment: &Attachment| {
            let name = attachment.name.clone();
            sent(attachment).map(|content| SentFile {
                organization_id,
                name,
                content,
            })
        };
        self.attachments.iter().filter_map(file).collect()
    }
}

/// The content that a file of a workspace was sent with.
pub fn sent(attachment: &Attachment) -> Option<ContentId> {
    let AttachmentSource::Workspace(_) = &attachment.source else {
        return None;
    };
    let mut told = attachment.metadata.iter();
    let (_, id) = told.find(|(name, _)| name == SENT)?;
    id.parse().ok()
}

/// The text as Postgres can keep it: it has no NUL. What stood there stays visible.
pub fn without_nul(text: &str) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text.to_owned()
    }
}

fn clean(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) if text.contains('\0') => *text = without_nul(text),
        serde_json::Value::Array(items) => items.iter_mut().for_each(clean),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(clean),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_alone_needs_no_column() {
        assert_eq!(Content::default().column(), None);
        assert!(Content::read(None).is_empty());
    }

    #[test]
    fn what_was_written_is_read_back_without_what_postgres_cannot_keep() {
        let content = Content {
            markdown: true,
            metadata: vec![("source".to_owned(), "a\0b".to_owned())],
            ..Content::default()
        };
        let read = Content::read(content.column().as_ref());
        assert!(read.markdown);
        assert_eq!(
            read.metadata,
            [("source".to_owned(), "a\u{fffd}b".to_owned())]
        );
    }
}
