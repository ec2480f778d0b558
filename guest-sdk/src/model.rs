//! The model: asking a language model, and reading its answer whole or as it comes. Which model it is, and what it may cost,
//! is the owner's choice.
//!
//! ```
//! use cloister_guest::model::Request;
//! use cloister_guest::testing::Host;
//! use cloister_guest::{Agent, Context, Event, Failure, Replies};
//!
//! struct Poet;
//!
//! impl Agent for Poet {
//!     fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
//!         let request = Request::new()
//!             .system("Answer in one line of verse.")
//!             .user(event.text());
//!         Ok(cx.model().complete(&request)?.text().into())
//!     }
//! }
//!
//! cloister_guest::agent!(Poet);
//!
//! // Natively, a test says what the model answers.
//! let mut host = Host::<Poet>::new().answering(["The rain keeps time upon the tin."]);
//! let replies = host.say("What is the weather?")?;
//! assert_eq!(replies.texts(), ["The rain keeps time upon the tin."]);
//! assert_eq!(host.asked()[0].messages.len(), 2);
//! # Ok::<(), Failure>(())
//! ```

mod request;

use crate::port::{self, Calls, Port};
use crate::{Failure, FailureCode};

pub use crate::bindings::capabilities::cloister::agent::model::{
    Cause, Completion, Finish, Image, Message, Part, Piece, Problem, Request, Role, Tool, ToolCall,
    ToolChoice, ToolResult, Usage,
};

/// Asks a language model.
pub struct Model<'a> {
    port: &'a Port,
}

impl<'a> Model<'a> {
    pub(crate) fn new(port: &'a Port) -> Model<'a> {
        Model { port }
    }

    /// Asks, and waits for the whole answer.
    pub fn complete(&self, request: &Request) -> Result<Completion, Problem> {
        self.port.complete(request)
    }

    /// Asks, and reads the answer as it comes: an iterator over its pieces, whose last one is [`Piece::End`].
    pub fn stream(&self, request: &Request) -> Result<Stream, Problem> {
        let stream = self.port.open_stream(request)?;
        Ok(Stream(Some(stream)))
    }
}

/// An answer that is still on its way. One that is dropped before its end is not kept with the turn.
pub struct Stream(Option<port::Stream>);

impl Stream {
    /// Reads to the end, telling what has come so far each time that there is more.
    pub fn finish(self, mut so_far: impl FnMut(&str)) -> Result<Completion, Problem> {
        let mut text = String::new();
        for piece in self {
            match piece? {
                Piece::Text(more) => {
                    text.push_str(&more);
                    so_far(&text);
                }
                Piece::End(completion) => return Ok(completion),
            }
        }
        Err(Problem {
            cause: Cause::Cut,
            message: "the answer ended without its end".to_owned(),
            status: None,
            retry_after: None,
        })
    }
}

impl Iterator for Stream {
    type Item = Result<Piece, Problem>;

    /// The next piece; nothing after the end or a problem.
    fn next(&mut self) -> Option<Self::Item> {
        let piece = self.0.as_ref()?.next().transpose();
        if !matches!(piece, Some(Ok(Piece::Text(_)))) {
            self.0 = None;
        }
        piece
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        let code = match problem.cause {
            Cause::Denied => FailureCode::Denied,
            Cause::NotConfigured => FailureCode::NotFound,
            Cause::Limit => FailureCode::Limit,
            // The host has tried again already: once more, a little later, may help all the same.
            Cause::RateLimited | Cause::TimedOut | Cause::Cut | Cause::Unavailable => {
                return Failure::unavailable(problem.message);
            }
            // A request that cannot be asked is the agent's mistake.
            Cause::Invalid => FailureCode::Internal,
            Cause::Failed | Cause::Malformed | Cause::Other => FailureCode::Other,
        };
        Failure::new(code, problem.message)
    }
}
