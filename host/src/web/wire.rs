//! The shapes of the widget's API.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use store::ids::{ConversationId, MessageId};

use crate::service::channels::public_id;
use crate::service::web_chat::{Author, Introduction, Log, Said, Session, Shown, Taken, Visit};

/// The body of `POST …/session`.
#[derive(Deserialize)]
pub(super) struct SessionBody {
    user_id: Option<String>,
    user_hash: Option<String>,
    name: Option<String>,
    email: Option<String>,
    token: Option<String>,
}

/// The body of `POST …/messages`.
#[derive(Deserialize)]
pub(super) struct MessageBody {
    message_id: String,
    text: String,
    choice: Option<String>,
}

/// The query of `GET …/messages`.
#[derive(Deserialize)]
pub(super) struct HistoryQuery {
    pub(super) before: Option<MessageId>,
}

/// The query of `GET …/events`.
#[derive(Deserialize)]
pub(super) struct EventsQuery {
    pub(super) token: String,
    pub(super) after: Option<MessageId>,
}

/// The query of a file.
#[derive(Deserialize)]
pub(super) struct FileQuery {
    pub(super) token: String,
}

/// The answer of `POST …/session`.
#[derive(Serialize)]
pub(super) struct SessionShown {
    token: String,
    expires_at: String,
    renewal_token: String,
    visitor_id: String,
    conversation_id: ConversationId,
}

/// The answer of `POST …/messages`.
#[derive(Serialize)]
pub(super) struct TakenShown {
    id: MessageId,
    conversation_id: ConversationId,
    duplicate: bool,
}

/// The answer of `GET …/messages`.
#[derive(Serialize)]
pub(super) struct LogShown {
    messages: Vec<MessageShown>,
    has_more: bool,
}

/// One message, also in events.
#[derive(Serialize)]
pub(super) struct MessageShown {
    id: MessageId,
    from: &'static str,
    text: String,
    markdown: bool,
    files: Vec<FileShown>,
    choices: Vec<ChoiceShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    structured: Option<String>,
    /// The `message_id` that the visitor's page gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    created_at: String,
}

#[derive(Serialize)]
struct FileShown {
    name: String,
    content_type: String,
    /// Where it is; an address of this host needs `?token=`.
    url: String,
}

#[derive(Serialize)]
struct ChoiceShown {
    label: String,
    value: String,
}

impl From<SessionBody> for Introduction {
    fn from(body: SessionBody) -> Self {
        Self {
            user_id: body.user_id,
            user_hash: body.user_hash,
            name: body.name,
            email: body.email,
            token: body.token,
        }
    }
}

impl From<MessageBody> for Said {
    fn from(body: MessageBody) -> Self {
        Self {
            message_id: body.message_id,
            text: body.text,
            choice: body.choice,
        }
    }
}

impl From<Session> for SessionShown {
    fn from(session: Session) -> Self {
        Self {
            token: session.token,
            expires_at: time(session.expires_at),
            renewal_token: session.renewal_token,
            visitor_id: session.visitor.id,
            conversation_id: session.conversation_id,
        }
    }
}

impl From<Taken> for TakenShown {
    fn from(taken: Taken) -> Self {
        Self {
            id: taken.id,
            conversation_id: taken.conversation_id,
            duplicate: taken.duplicate,
        }
    }
}

impl LogShown {
    pub(super) fn of(visit: &Visit, log: Log) -> Self {
        let messages = log
            .messages
            .into_iter()
            .map(|message| MessageShown::of(visit, message));
        Self {
            messages: messages.collect(),
            has_more: log.has_more,
        }
    }
}

impl MessageShown {
    pub(super) fn of(visit: &Visit, message: Shown) -> Self {
        let here = format!(
            "/api/widget/{}/messages/{}/files",
            public_id(visit.channel.id),
            message.id
        );
        let file =
            |(number, (name, content_type, url)): (usize, (String, String, Option<String>))| {
                FileShown {
                    name,
                    content_type,
                    url: url.unwrap_or_else(|| format!("{here}/{number}")),
                }
            };
        let choice = |(label, value)| ChoiceShown { label, value };
        Self {
            id: message.id,
            from: match message.author {
                Author::Visitor => "visitor",
                Author::Agent => "agent",
                Author::Person => "person",
            },
            text: message.text,
            markdown: message.markdown,
            files: message.files.into_iter().enumerate().map(file).collect(),
            choices: message.choices.into_iter().map(choice).collect(),
            structured: message.structured,
            message_id: message.client_id,
            created_at: time(message.at),
        }
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
