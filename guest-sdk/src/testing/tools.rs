//! The tools of a test: they answer what the test says, and what they were called with is kept. Schemas are the host's to check.

use super::Host;
use crate::tools::{Absence, Catalogue, Cause, Outcome, Problem, Tool};

/// What a test's tool makes of its arguments.
type Act = Box<dyn FnMut(&str) -> Result<Outcome, Problem>>;

/// All tools of a test.
#[derive(Default)]
pub(super) struct Toolbox {
    tools: Vec<(Tool, Act)>,
    absent: Vec<Absence>,
    called: Vec<(String, String)>,
}

impl Problem {
    /// A problem of a kind, for a test's tools.
    pub fn of(cause: Cause, message: impl Into<String>) -> Problem {
        Problem {
            cause,
            message: message.into(),
        }
    }
}

impl<G> Host<G> {
    /// There is a tool, which makes of its arguments what `act` says.
    pub fn with_tool(
        self,
        tool: Tool,
        act: impl FnMut(&str) -> Result<Outcome, Problem> + 'static,
    ) -> Host<G> {
        self.edit().toolbox.tools.push((tool, Box::new(act)));
        self
    }

    /// There is a toolset that cannot be used now.
    pub fn with_absent_tools(self, name: &str, problem: Problem) -> Host<G> {
        self.edit().toolbox.absent.push(Absence {
            name: name.to_owned(),
            problem,
        });
        self
    }

    /// All calls of tools that there are: the tool and its arguments.
    pub fn called(&self) -> Vec<(String, String)> {
        self.look().toolbox.called.clone()
    }
}

impl Toolbox {
    pub(super) fn catalogue(&self) -> Catalogue {
        Catalogue {
            tools: self.tools.iter().map(|(tool, _)| tool.clone()).collect(),
            absent: self.absent.clone(),
        }
    }

    pub(super) fn call(&mut self, name: &str, arguments: &str) -> Result<Outcome, Problem> {
        let found = self.tools.iter_mut().find(|(tool, _)| tool.name == name);
        let Some((_, act)) = found else {
            let message = format!("there is no tool `{name}`: a test adds one `with_tool`");
            return Err(Problem::of(Cause::NotFound, message));
        };
        self.called.push((name.to_owned(), arguments.to_owned()));
        act(arguments)
    }
}
