//! Requests to the outside, to the hosts that the owner allows. Each is asked whole and answered whole; no redirect is
//! followed. A secret of the owner's is put in by the host: the agent writes its placeholder.
//!
//! A turn may be run again. The same request that may change something (any but GET, HEAD and OPTIONS) then has the answer that it had
//! before, or that none came in time, and is not sent again: what is drawn by lot has no place in it, and an idempotency key is
//! made of the event's id.
//!
//! ```
//! use cloister_guest::http::{Request, Response};
//! use cloister_guest::testing::Host;
//! use cloister_guest::{Agent, Context, Event, Failure, Replies};
//!
//! struct Weather;
//!
//! impl Agent for Weather {
//!     fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
//!         let key = cx.secrets().placeholder("weather");
//!         let request = Request::get("https://weather.example/today").bearer(&key);
//!         Ok(cx.http().send(&request)?.success()?.text().into())
//!     }
//! }
//!
//! cloister_guest::agent!(Weather);
//!
//! // Natively, a test answers in the server's place.
//! let mut host = Host::<Weather>::new().with_http(|_| Ok(Response::of(200, "Rain")));
//! assert_eq!(host.say("?")?.texts(), ["Rain"]);
//! let [asked] = &host.requests()[..] else { panic!("one request") };
//! assert_eq!(asked.header_text("authorization"), Some("Bearer {{secret:weather}}"));
//! # Ok::<(), Failure>(())
//! ```

mod request;
mod response;

use std::fmt;

use crate::port::{Calls, Port};
use crate::{Failure, FailureCode};

pub use request::Request;
pub use response::Response;

/// Sends requests.
pub struct Http<'a> {
    port: &'a Port,
}

impl<'a> Http<'a> {
    pub(crate) fn new(port: &'a Port) -> Http<'a> {
        Http { port }
    }

    /// Sends one, and waits for the whole answer, whatever its status.
    pub fn send(&self, request: &Request) -> Result<Response, Problem> {
        self.port.fetch(request)
    }

    /// Asks for what is at an address.
    pub fn get(&self, url: impl Into<String>) -> Result<Response, Problem> {
        self.send(&Request::get(url))
    }
}

/// What kind of problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The owner has not granted `http`, or not that host, or a secret is not for it.
    Denied,
    /// The host is in a private network.
    Prohibited,
    /// It cannot be sent so.
    Invalid,
    /// Too many requests in this turn, or at once.
    TooMany,
    /// There is no such host.
    NoSuchHost,
    /// No connection came about.
    Unreachable,
    /// No connection or no answer in time.
    TimedOut,
    /// The answer broke off, or is none.
    Cut,
    /// The request or the answer has too many bytes.
    TooLarge,
    /// The answer's status says that it failed ([`Response::success`]).
    Status,
    /// Anything else.
    Other,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub cause: Cause,
    /// A sentence for the owner.
    pub message: String,
}

impl Problem {
    /// A problem of a kind.
    pub fn of(cause: Cause, message: impl Into<String>) -> Problem {
        Problem {
            cause,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        let code = match problem.cause {
            Cause::Denied | Cause::Prohibited => FailureCode::Denied,
            Cause::Invalid => FailureCode::Internal,
            Cause::TooMany | Cause::TooLarge => FailureCode::Limit,
            // The same event, a little later, may meet a server that answers.
            Cause::Unreachable | Cause::TimedOut | Cause::Cut => {
                return Failure::unavailable(problem.message);
            }
            Cause::NoSuchHost | Cause::Status | Cause::Other => FailureCode::Other,
        };
        Failure::new(code, problem.message)
    }
}
