//! The shapes of the widget's API.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use store::ids::{ConversationId, MessageId};
use utoipa::{IntoParams, ToSchema};

use crate::service::channels::public_id;
use crate::service::web_chat::{Author, Introduction, Log, Said, Session, Shown, Taken, Visit};

/// The body of `POST …/session`.
#[derive(Deserialize, ToSchema)]
#[schema(as = widget::Introduction)]
pub(super) struct SessionBody {
    /// The site's own id of the person; with `user_hash`, where the channel asks for a proof.
    user_id: Option<String>,
    /// HMAC-SHA256 of `user_id` with the channel's secret, in hexadecimal.
    user_hash: Option<String>,
    name: Option<String>,
    email: Option<String>,
    /// The renewal token of an earlier session, to go on as the same visitor.
    token: Option<String>,
}

/// The body of `POST …/messages`.
#[derive(Deserialize, ToSchema)]
#[schema(as = widget::NewMessage)]
pub(super) struct MessageBody {
    /// The page's own id of the message: the same twice is one message.
    message_id: String,
    text: String,
    /// The value of the choice that was taken, where one was.
    choice: Option<String>,
}

/// The query of `GET …/messages`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// The id of the oldest message that is known: those before it.
    #[param(value_type = Option<String>, format = "uuid")]
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
#[derive(Serialize, ToSchema)]
#[schema(as = widget::Session)]
pub(super) struct SessionShown {
    /// For this API, as a bearer token or in the query.
    token: String,
    #[schema(format = "date-time")]
    expires_at: String,
    /// Makes the next session one of the same visitor.
    renewal_token: String,
    visitor_id: String,
    #[schema(value_type = String, format = "uuid")]
    conversation_id: ConversationId,
}

/// The answer of `POST …/messages`.
#[derive(Serialize, ToSchema)]
#[schema(as = widget::Taken)]
pub(super) struct TakenShown {
    #[schema(value_type = String, format = "uuid")]
    id: MessageId,
    #[schema(value_type = String, format = "uuid")]
    conversation_id: ConversationId,
    /// Whether the message had been taken before.
    duplicate: bool,
}

/// The answer of `GET …/messages`.
#[derive(Serialize, ToSchema)]
#[schema(as = widget::Log)]
pub(super) struct LogShown {
    /// The oldest first.
    messages: Vec<MessageShown>,
    /// Whether there are older ones.
    has_more: bool,
}

/// One message, also in events.
#[derive(Serialize, ToSchema)]
#[schema(as = widget::Message)]
pub(super) struct MessageShown {
    #[schema(value_type = String, format = "uuid")]
    id: MessageId,
    /// `visitor`, `agent` or `person`.
    from: &'static str,
    text: String,
    /// Whether the text is Markdown.
    markdown: bool,
    files: Vec<FileShown>,
    choices: Vec<ChoiceShown>,
    /// JSON for a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    structured: Option<String>,
    /// The `message_id` that the visitor's page gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message_id: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = widget::File)]
struct FileShown {
    name: String,
    content_type: String,
    /// Where it is; an address of this host needs `?token=`.
    url: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = widget::Choice)]
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
