//! What a live page sends and is sent.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use store::agent_log::LogLine;
use store::agents::Agent;
use store::ids::ConversationId;
use utoipa::{IntoParams, ToSchema};

use super::harmless::harmless;
use crate::error::{Error, Result};
use crate::service::consoles::{Asked, Console, Prompt, Prompted};
use crate::service::feeds::{Author, Cursor, Said};

/// Which conversation a page is of.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The conversation; else the caller's own from the page.
    pub(super) conversation: Option<String>,
}

/// The same, and from where on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// The conversation; else the caller's own from the page.
    pub(super) conversation: Option<String>,
    /// The id of the last event that is known: what has happened since comes first.
    pub(super) after: Option<String>,
}

/// What someone says from a page.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = live::PromptBody)]
pub(super) struct PromptBody {
    /// Made by the page: the same twice is one message.
    #[schema(min_length = 1, max_length = 100)]
    message_id: String,
    /// What is said.
    #[schema(min_length = 1, max_length = 20000)]
    text: String,
}

/// Where it went.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = live::PromptedShown)]
pub(super) struct PromptedShown {
    /// The conversation that it is in.
    conversation_id: String,
    /// The stored message.
    id: String,
}

/// How the page stands when it is opened.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsoleShown {
    name: String,
    status: &'static str,
    reason: Option<String>,
    may_prompt: bool,
    conversation_id: Option<String>,
}

/// A message.
#[derive(Serialize)]
pub(super) struct SaidShown {
    id: String,
    at: String,
    from: &'static str,
    name: Option<String>,
    text: String,
    files: Vec<String>,
    choices: Vec<String>,
}

/// An answer as far as it has come.
#[derive(Serialize)]
pub(super) struct PartialShown {
    text: String,
}

/// A line of the log.
#[derive(Serialize)]
pub(super) struct LineShown {
    id: String,
    at: String,
    level: String,
    text: String,
}

/// Which page an address names.
pub(super) fn asked(agent: String, conversation: Option<&str>) -> Result<Asked> {
    let conversation = conversation.filter(|text| !text.is_empty());
    let conversation = conversation.map(|text| {
        let wrong = |_| Error::invalid("conversation", format!("`{text}` is no conversation's id"));
        text.parse::<ConversationId>().map_err(wrong)
    });
    Ok(Asked {
        agent,
        conversation: conversation.transpose()?,
    })
}

/// Where a page goes on.
pub(super) fn cursor(text: &str) -> Result<Cursor> {
    let wrong = |()| Error::invalid("after", "is not the id of an event of this page");
    text.parse().map_err(wrong)
}

impl From<PromptBody> for Prompt {
    fn from(body: PromptBody) -> Self {
        Self {
            message_id: body.message_id,
            text: body.text,
        }
    }
}

impl From<Prompted> for PromptedShown {
    fn from(prompted: Prompted) -> Self {
        Self {
            conversation_id: prompted.conversation.public(),
            id: prompted.message.public(),
        }
    }
}

impl From<&Console> for ConsoleShown {
    fn from(console: &Console) -> Self {
        let Agent {
            name,
            status,
            status_reason,
            ..
        } = &console.agent;
        let conversation = console.conversation.as_ref();
        Self {
            name: name.clone(),
            status: status.as_str(),
            reason: status_reason.as_deref().map(harmless),
            may_prompt: console.may_prompt,
            conversation_id: conversation.map(|conversation| conversation.id.public()),
        }
    }
}

impl From<&Said> for SaidShown {
    fn from(said: &Said) -> Self {
        let (from, name) = match &said.author {
            Author::Own => ("you", None),
            Author::Agent => ("agent", None),
            Author::Person => ("person", None),
            Author::Other(name) => ("other", name.as_deref()),
        };
        let (message, content) = (&said.message, &said.content);
        let files = content.attachments.iter().map(|file| one_line(&file.name));
        let choices = content.choices.iter().map(|choice| one_line(&choice.label));
        Self {
            id: message.id.public(),
            at: time(message.created_at),
            from,
            name: name.map(one_line),
            text: harmless(&message.text),
            files: files.collect(),
            choices: choices.collect(),
        }
    }
}

impl From<&str> for PartialShown {
    fn from(text: &str) -> Self {
        Self {
            text: harmless(text),
        }
    }
}

impl From<&LogLine> for LineShown {
    fn from(line: &LogLine) -> Self {
        let mut text = harmless(&line.message);
        let fields = line.fields.as_ref().and_then(|fields| fields.as_object());
        for (name, value) in fields.into_iter().flatten() {
            let value = match value {
                serde_json::Value::String(value) => value.clone(),
                value => value.to_string(),
            };
            text.push_str(&format!(" {}={}", one_line(name), one_line(&value)));
        }
        Self {
            id: line.id.public(),
            at: time(line.created_at),
            level: one_line(&line.level),
            text,
        }
    }
}

fn one_line(text: &str) -> String {
    harmless(text).replace(['\n', '\t'], " ")
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
