//! A draft is an answer as far as it has been read.

use std::collections::BTreeMap;

use sandbox::types::model::{
    Cause, Completion, Finish, Image, Message, Part, Problem, Request, ToolCall, ToolResult, Usage,
};
use store::providers::ProviderKind;

use super::{Provider, problem};

/// Tools that one answer calls at most.
const CALLS: usize = 128;
/// Bytes that are taken for a token where the provider counts none.
const TOKEN: usize = 4;

/// What has been read of an answer.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) model: String,
    pub(super) text: String,
    /// By their place in the answer.
    calls: BTreeMap<u64, Call>,
    pub(super) finish: Option<Finish>,
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    /// Whether nothing more comes.
    pub(super) is_over: bool,
}

/// A call as far as it has been read.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
    pub(super) metadata: Vec<(String, String)>,
}

/// Why an answer could not be read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is none that this kind of provider gives.
    Malformed(String),
    /// It broke off.
    Cut(String),
    /// The provider said in the midst of it that it failed.
    Failed(String),
}

impl Unread {
    /// The same as a guest hears it.
    pub fn told(self, provider: &Provider) -> Problem {
        let host = provider.host();
        match self {
            Unread::Malformed(why) => {
                let why = provider.quoted(&why);
                let message = format!("What {host} answered cannot be read: {why}.");
                problem(Cause::Malformed, message)
            }
            Unread::Cut(why) => {
                let why = provider.quoted(&why);
                problem(
                    Cause::Cut,
                    format!("The answer of {host} broke off: {why}."),
                )
            }
            Unread::Failed(why) => {
                let why = provider.quoted(&why);
                problem(
                    Cause::Failed,
                    format!("{host} failed while it answered: {why}"),
                )
            }
        }
    }
}

impl From<serde_json::Error> for Unread {
    fn from(error: serde_json::Error) -> Self {
        Unread::Malformed(error.to_string())
    }
}

impl Draft {
    /// The call at a place, made where there is none yet.
    pub(super) fn call(&mut self, place: u64) -> Result<&mut Call, Unread> {
        if self.calls.len() >= CALLS && !self.calls.contains_key(&place) {
            let why = format!("it calls more than {CALLS} tools");
            return Err(Unread::Malformed(why));
        }
        Ok(self.calls.entry(place).or_default())
    }

    /// The next free place for a call.
    pub(super) fn next_place(&self) -> u64 {
        self.calls.last_key_value().map_or(0, |(last, _)| last + 1)
    }

    /// Takes the call of a name out, and puts its arguments in the place of the text: for a provider that gives JSON of a
    /// schema as if it called a tool.
    fn take_as_text(&mut self, name: &str) {
        let found = self.calls.iter().find(|(_, call)| call.name == name);
        let Some(place) = found.map(|(place, _)| *place) else {
            return;
        };
        if let Some(call) = self.calls.remove(&place) {
            self.text = call.arguments;
        }
        if self.calls.is_empty() {
            self.finish = Some(Finish::Stop);
        }
    }

    /// The answer, where it came to its end.
    pub(super) fn close(
        mut self,
        provider: &Provider,
        request: &Request,
    ) -> Result<Completion, Unread> {
        if request.output_schema.is_some() && provider.kind == ProviderKind::Anthropic {
            self.take_as_text(super::anthropic::OUTPUT);
        }
        let Some(finish) = self.finish else {
            let why = "it came to no end".to_owned();
            return Err(Unread::Cut(why));
        };
        let written: usize = self.text.len()
            + self
                .calls
                .values()
                .map(|call| call.arguments.len())
                .sum::<usize>();
        let usage = Usage {
            input_tokens: self
                .input_tokens
                .unwrap_or_else(|| tokens(read_by(request))),
            output_tokens: self.output_tokens.unwrap_or_else(|| tokens(written)),
        };
        let text = (!self.text.is_empty()).then_some(Part::Text(self.text));
        let calls = self.calls.into_iter().map(|(place, call)| {
            Part::ToolCall(ToolCall {
                // Some give none; the results have to name something.
                id: match call.id.is_empty() {
                    true => format!("call_{}_{place}", request.messages.len()),
                    false => call.id,
                },
                name: call.name,
                arguments: match call.arguments.trim().is_empty() {
                    true => "{}".to_owned(),
                    false => call.arguments,
                },
                metadata: call.metadata,
            })
        });
        Ok(Completion {
            model: match self.model.is_empty() {
                true => provider.model.clone(),
                false => self.model,
            },
            parts: text.into_iter().chain(calls).collect(),
            finish,
            usage,
            metadata: Vec::new(),
        })
    }
}

fn tokens(bytes: usize) -> u64 {
    bytes.div_ceil(TOKEN) as u64
}

/// Bytes that the model has to read.
fn read_by(request: &Request) -> usize {
    let part = |part: &Part| match part {
        Part::Text(text) => text.len(),
        // About what models take for one.
        Part::Image(Image { .. }) => 1_000 * TOKEN,
        Part::ToolCall(ToolCall { arguments, .. }) => arguments.len(),
        Part::ToolResult(ToolResult { content, .. }) => content.len(),
    };
    let message = |message: &Message| message.parts.iter().map(part).sum::<usize>();
    let tools = request
        .tools
        .iter()
        .map(|tool| tool.name.len() + tool.description.len() + tool.input_schema.len());
    request.messages.iter().map(message).sum::<usize>() + tools.sum::<usize>()
}
