//! Tools: those of the toolsets that the agent's project has, modules and MCP servers alike, by one list and one call. The host
//! holds arguments against the tool's schema, and has a person asked first where the owner wants that.
//!
//! ```
//! use cloister_guest::testing::Host;
//! use cloister_guest::tools::{Outcome, Tool};
//! use cloister_guest::{Agent, Context, Event, Failure, Replies};
//!
//! struct Forecaster;
//!
//! impl Agent for Forecaster {
//!     fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
//!         let arguments = format!("{{\"place\": \"{}\"}}", event.text());
//!         let outcome = cx.tools().call("weather__today", &arguments)?;
//!         Ok(outcome.shown().into())
//!     }
//! }
//!
//! cloister_guest::agent!(Forecaster);
//!
//! // Natively, a test says which tools there are and what they answer.
//! let weather = Tool::new("weather__today", "Tells today's weather");
//! let mut host = Host::<Forecaster>::new().with_tool(weather, |_| Ok(Outcome::json("{\"sun\": true}")));
//! assert_eq!(host.say("Bern")?.texts(), ["{\"sun\": true}"]);
//! assert_eq!(host.called()[0].1, "{\"place\": \"Bern\"}");
//! # Ok::<(), Failure>(())
//! ```

use crate::port::{Calls, Port};
use crate::{Failure, FailureCode};

pub use crate::bindings::capabilities::cloister::agent::toolbox::{
    Absence, Catalogue, Cause, Outcome, Problem, Tool,
};

/// Uses tools.
pub struct Tools<'a> {
    port: &'a Port,
}

impl<'a> Tools<'a> {
    pub(crate) fn new(port: &'a Port) -> Tools<'a> {
        Tools { port }
    }

    /// All that there are for this agent, and those that are there and cannot be used now.
    pub fn all(&self) -> Result<Catalogue, Problem> {
        self.port.tools()
    }

    /// Calls one of them with arguments: JSON of an object that fits its schema. Where a person is asked first, the turn ends
    /// here, and is run again once they have answered.
    pub fn call(&self, name: &str, arguments: &str) -> Result<Outcome, Problem> {
        self.port.call_tool(name, arguments)
    }
}

impl Tool {
    /// A tool that takes no arguments until [`Tool::input`] says otherwise, for a test's host.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Tool {
        Tool {
            name: name.into(),
            description: description.into(),
            input_schema: r#"{"type": "object", "properties": {}}"#.to_owned(),
            output_schema: None,
            needs_approval: false,
            metadata: Vec::new(),
        }
    }

    /// The JSON Schema of the arguments, an object.
    pub fn input(mut self, schema: impl Into<String>) -> Tool {
        self.input_schema = schema.into();
        self
    }
}

impl Outcome {
    /// A result as JSON text, for a test's host.
    pub fn json(content: impl Into<String>) -> Outcome {
        Outcome {
            content: content.into(),
            text: None,
            metadata: Vec::new(),
        }
    }

    /// What there is for a person or a model: the text, or else the JSON.
    pub fn shown(&self) -> &str {
        match &self.text {
            Some(text) if !text.is_empty() => text,
            _ => &self.content,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        let code = match problem.cause {
            Cause::Denied | Cause::Declined => FailureCode::Denied,
            Cause::NotFound => FailureCode::NotFound,
            Cause::Limit => FailureCode::Limit,
            Cause::TimedOut | Cause::Unavailable => return Failure::unavailable(problem.message),
            // A call that cannot be made is the agent's mistake.
            Cause::Invalid => FailureCode::Internal,
            Cause::Failed | Cause::Malformed | Cause::Other => FailureCode::Other,
        };
        Failure::new(code, problem.message)
    }
}
