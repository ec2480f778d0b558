//! Hands: what the assistant does for the model between two of its answers: its own notes, and the tools of its project.

use cloister_guest::model::{Part, Tool, ToolCall, ToolResult};
use cloister_guest::tools::{Cause, Problem};
use cloister_guest::{Context, Error};

use crate::memory::{self, Notes};

/// Calls of tools that one message may lead to.
const CALLS: usize = 24;
/// Bytes of a result that the model is shown.
const RESULT: usize = 24_000;

/// What can be done for the model.
pub struct Hands {
    pub notes: Option<Notes>,
    tools: Vec<Tool>,
    /// What there is and cannot be used now, a line each.
    absent: Vec<String>,
    left: usize,
}

impl Hands {
    /// Looks what there is. Without the grant there are no tools.
    pub fn new(cx: &Context, notes: Option<Notes>, uses_tools: bool) -> Hands {
        let mut tools: Vec<Tool> = Vec::new();
        if notes.is_some() {
            tools.extend(memory::tools());
        }
        let mut absent = Vec::new();
        match uses_tools.then(|| cx.tools().all()).transpose() {
            Ok(None) => {}
            Ok(Some(catalogue)) => {
                let all = catalogue.tools.into_iter();
                tools.extend(
                    all.map(|tool| Tool::new(tool.name, tool.description, tool.input_schema)),
                );
                let told = catalogue.absent.into_iter();
                absent.extend(
                    told.map(|absence| format!("{}: {}", absence.name, absence.problem.message)),
                );
            }
            Err(Problem {
                cause: Cause::Denied,
                ..
            }) => {}
            Err(problem) => absent.push(format!("all of them: {}", problem.message)),
        }
        Hands {
            notes,
            tools,
            absent,
            left: CALLS,
        }
    }

    /// The tools that the model is told of.
    pub fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// What the model is told of those that it cannot use now.
    pub fn absent(&self) -> Option<String> {
        let lines = self.absent.join("\n");
        (!lines.is_empty()).then(|| format!("These tools cannot be used now:\n{lines}"))
    }

    /// Does what the model asks for, and tells it what came of each.
    pub fn run<'a>(
        &mut self,
        cx: &Context,
        calls: impl Iterator<Item = &'a ToolCall>,
    ) -> Result<Vec<Part>, Error> {
        calls
            .map(|call| self.one(cx, call).map(Part::ToolResult))
            .collect()
    }

    fn one(&mut self, cx: &Context, call: &ToolCall) -> Result<ToolResult, Error> {
        if let Some(notes) = self.notes.as_mut().filter(|_| memory::is_own(&call.name)) {
            return notes.run(cx, call);
        }
        let told = match self.left.checked_sub(1) {
            _ if !self.tools.iter().any(|tool| tool.name == call.name) => {
                Err(format!("there is no tool `{}`", call.name))
            }
            None => Err(format!(
                "{CALLS} calls were made for this message: answer with what you have"
            )),
            Some(left) => {
                self.left = left;
                let outcome = cx.tools().call(&call.name, arguments(&call.arguments));
                let outcome = outcome.map(|outcome| shortened(outcome.shown()));
                outcome.map_err(|problem| shortened(&problem.message))
            }
        };
        let is_error = told.is_err();
        Ok(ToolResult {
            call_id: call.id.clone(),
            content: told.unwrap_or_else(|why| why),
            is_error,
        })
    }
}

/// Models leave arguments out where a tool takes none.
fn arguments(given: &str) -> &str {
    match given.trim() {
        "" => "{}",
        _ => given,
    }
}

fn shortened(text: &str) -> String {
    let cut = text.floor_char_boundary(RESULT);
    match text.get(..cut).filter(|shown| shown.len() < text.len()) {
        Some(shown) => format!(
            "{shown}\n[the rest, {} bytes, is left out]",
            text.len() - cut
        ),
        None => text.to_owned(),
    }
}
