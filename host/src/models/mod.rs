//! Language models: how a provider of each kind is asked, and how its answers are read. One kind is one file, which knows a
//! wire format and nothing else; [`open`] sends what it writes, through [`crate::outgoing`], and tries again where that may help.
//! Nothing here knows of agents, turns or rows.

mod anthropic;
mod check;
mod draft;
mod events;
mod google;
mod open;
mod openai;
mod usage;

use std::fmt;

use sandbox::types::model::{Cause, Completion, Part, Problem, Request, Role};
use serde_json::Value;
use store::providers::ProviderKind;
use url::Url;

pub use self::check::check;
use self::draft::Draft;
pub use self::draft::Unread;
use self::events::Events;
pub use self::open::{Patience, broken, open};
pub use self::usage::KnownUsage;
use crate::outgoing::Chosen;
use crate::vault::Secret;

/// Bytes of an answer that are read.
pub const ANSWER: usize = 4 << 20;

/// Where a model is asked.
#[derive(Clone)]
pub struct Provider {
    /// What it speaks.
    pub kind: ProviderKind,
    /// Its address, to which a path of the kind's own is added.
    pub url: Url,
    /// The model.
    pub model: String,
    /// Its key, if it wants one.
    pub key: Option<Secret<String>>,
    /// Who chose the address.
    pub chosen: Chosen,
}

/// What is sent to ask.
pub struct Question {
    /// The path to add, with a query where it has one.
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

/// A wire format.
trait Format: Send + Sync {
    /// What is sent. The request has been checked.
    fn question(
        &self,
        provider: &Provider,
        request: &Request,
        streamed: bool,
    ) -> Result<Question, Problem>;
    /// Reads an answer that came whole.
    fn whole(&self, draft: &mut Draft, body: &[u8]) -> Result<(), Unread>;
    /// Reads one event of an answer that is streamed.
    fn event(&self, draft: &mut Draft, data: &str) -> Result<(), Unread>;
}

fn format(kind: ProviderKind) -> &'static dyn Format {
    match kind {
        ProviderKind::Openai => &openai::Openai,
        ProviderKind::Anthropic => &anthropic::Anthropic,
        ProviderKind::Google => &google::Google,
    }
}

/// What asks a provider.
pub fn question(
    provider: &Provider,
    request: &Request,
    streamed: bool,
) -> Result<Question, Problem> {
    format(provider.kind).question(provider, request, streamed)
}

/// Reads an answer that came whole.
pub fn whole(provider: &Provider, request: &Request, body: &[u8]) -> Result<Completion, Problem> {
    let mut draft = Draft::default();
    let read = format(provider.kind).whole(&mut draft, body);
    read.and_then(|()| draft.close(provider, request))
        .map_err(|unread| unread.told(provider))
}

/// Reads an answer that is streamed.
pub struct Reader {
    format: &'static dyn Format,
    events: Events,
    draft: Draft,
    /// Bytes of the text that were given already.
    given: usize,
}

impl Reader {
    /// One that has read nothing.
    pub fn of(provider: &Provider) -> Self {
        Self {
            format: format(provider.kind),
            events: Events::default(),
            draft: Draft::default(),
            given: 0,
        }
    }

    /// Reads more.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), Unread> {
        for data in self.events.read(bytes)? {
            if !self.draft.is_over {
                self.format.event(&mut self.draft, &data)?;
            }
        }
        Ok(())
    }

    /// Whether the provider said that this is all.
    pub fn is_over(&self) -> bool {
        self.draft.is_over
    }

    /// The text that has come since this was last asked.
    pub fn take_text(&mut self) -> Option<String> {
        let more = self.draft.text.get(self.given..)?.to_owned();
        self.given = self.draft.text.len();
        (!more.is_empty()).then_some(more)
    }

    /// The answer, where it came to its end.
    pub fn close(self, provider: &Provider, request: &Request) -> Result<Completion, Problem> {
        let closed = self.draft.close(provider, request);
        closed.map_err(|unread| unread.told(provider))
    }
}

/// What a schema's text says. It has been checked.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// A call's arguments as the object that providers want back; a model may have written none.
fn object(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object.into(),
        _ => serde_json::json!({}),
    }
}

/// All that the system says, for providers that know one such text.
fn system(request: &Request) -> String {
    let system = request
        .messages
        .iter()
        .filter(|message| message.role == Role::System);
    let texts = system
        .flat_map(|message| &message.parts)
        .filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        });
    texts.collect::<Vec<_>>().join("\n\n")
}

/// What users and the model said in turns, for providers that want them to take turns.
fn turns(request: &Request) -> Vec<(Role, Vec<&Part>)> {
    let mut turns: Vec<(Role, Vec<&Part>)> = Vec::new();
    let said = request
        .messages
        .iter()
        .filter(|message| message.role != Role::System);
    for message in said {
        match turns.last_mut() {
            Some((role, parts)) if *role == message.role => parts.extend(&message.parts),
            _ => turns.push((message.role, message.parts.iter().collect())),
        }
    }
    turns
}

/// A problem without a status.
pub fn problem(cause: Cause, message: impl Into<String>) -> Problem {
    Problem {
        cause,
        message: message.into(),
        status: None,
        retry_after: None,
    }
}

impl Provider {
    /// Its host, for people.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// A text of the provider without the key that it may have put there, and no longer than one reads.
    fn quoted(&self, text: &str) -> String {
        const MOST: usize = 500;
        let text = match &self.key {
            Some(key) => text.replace(key.expose().as_str(), "…"),
            None => text.to_owned(),
        };
        let mut shown: String = text.chars().filter(|c| !c.is_control()).collect();
        if shown.len() > MOST {
            shown.truncate(shown.floor_char_boundary(MOST));
            shown.push('…');
        }
        shown
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({} at {})", self.kind, self.host())
    }
}

#[cfg(test)]
mod tests;
