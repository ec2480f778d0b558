//! The log of a conversation as its visitor may see it.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use sandbox::types::{Attachment, AttachmentSource};
use store::ids::MessageId;
use store::messages::{self, Direction, Message};
use store::page::Page;

use super::{Visit, admit};
use crate::content::{self, Content};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::workspaces;

/// The name under which a message keeps the id that its page gave it.
pub(super) const CLIENT_ID: &str = "client_message_id";
/// Messages of one page of history.
const PAGE: u32 = 50;

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The visitor.
    Visitor,
    /// The channel's agent.
    Agent,
    /// A person who took over.
    Person,
}

/// One message as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its id, from which a stream resumes.
    pub id: MessageId,
    /// Who said it.
    pub author: Author,
    /// What was said.
    pub text: String,
    /// Whether the text is Markdown.
    pub markdown: bool,
    /// Files: name, media type, and the address where it is on the web; without one, this host has its bytes.
    pub files: Vec<(String, String, Option<String>)>,
    /// Buttons: label and value.
    pub choices: Vec<(String, String)>,
    /// JSON for a program.
    pub structured: Option<String>,
    /// The id that the visitor's page gave it.
    pub client_id: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A stretch of a conversation, oldest first.
#[derive(Clone, Debug)]
pub struct Log {
    /// What was said.
    pub messages: Vec<Shown>,
    /// Whether there is more before it.
    pub has_more: bool,
}

/// A file of a message.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// What was said before a message, or last.
pub async fn history(
    cx: &Context,
    visit: &Visit,
    token: &str,
    before: Option<MessageId>,
) -> Result<Log> {
    let conversation = admit(cx, visit, token)?.conversation;
    let page = Page {
        after: before,
        limit: PAGE + 1,
    };
    let mut rows =
        messages::list_back(&cx.store, visit.channel.organization_id, conversation, page).await?;
    let has_more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    Ok(Log {
        messages: rows.into_iter().rev().map(Shown::of).collect(),
        has_more,
    })
}

/// The bytes of a message's file that this host keeps.
pub async fn file(
    cx: &Context,
    visit: &Visit,
    token: &str,
    id: MessageId,
    number: usize,
) -> Result<File> {
    let conversation = admit(cx, visit, token)?.conversation;
    let missing = || Error::not_found("File", format!("{id}/{number}"));
    let message =
        messages::find(&cx.store, visit.channel.organization_id, conversation, id).await?;
    let mut content = Content::read(message.ok_or_else(missing)?.content.as_ref());
    if number >= content.attachments.len() {
        return Err(missing());
    }
    let attachment = content.attachments.swap_remove(number);
    match attachment.source {
        AttachmentSource::Inline(bytes) => Ok(File {
            name: attachment.name,
            bytes: bytes.into(),
        }),
        AttachmentSource::Workspace(_) => {
            let content = content::sent(&attachment).ok_or_else(missing)?;
            let owner = visit.channel.organization_id;
            let sent = workspaces::sent(cx, owner, content).await?;
            Ok(File {
                name: attachment.name,
                bytes: sent.ok_or_else(missing)?.bytes,
            })
        }
        AttachmentSource::Url(_) => Err(missing()),
    }
}

impl Shown {
    pub(super) fn of(row: Message) -> Self {
        let content = Content::read(row.content.as_ref());
        let author = match (row.direction, row.user_id) {
            (Direction::Inbound, _) => Author::Visitor,
            (Direction::Outbound, Some(_)) => Author::Person,
            (Direction::Outbound, None) => Author::Agent,
        };
        let client_id = content
            .metadata
            .into_iter()
            .find(|(name, _)| name == CLIENT_ID)
            .map(|(_, value)| value);
        Self {
            id: row.id,
            author,
            text: row.text,
            markdown: content.markdown,
            files: content.attachments.into_iter().map(shown_file).collect(),
            choices: content
                .choices
                .into_iter()
                .map(|choice| (choice.label, choice.value))
                .collect(),
            structured: content.structured,
            client_id: client_id.filter(|_| author == Author::Visitor),
            at: row.created_at,
        }
    }
}

fn shown_file(attachment: Attachment) -> (String, String, Option<String>) {
    let url = match attachment.source {
        AttachmentSource::Url(url) => Some(url),
        AttachmentSource::Inline(_) | AttachmentSource::Workspace(_) => None,
    };
    (attachment.name, attachment.content_type, url)
}
