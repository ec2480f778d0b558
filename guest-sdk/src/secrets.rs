//! Secrets that the owner has stored for the agent. The agent never sees one: it writes the placeholder of one into a request
//! ([`crate::http`]), and the host puts the secret there for the hosts that it is for.
//!
//! ```
//! use cloister_guest::testing::Host;
//! use cloister_guest::{Agent, Context, Event, Failure, Replies, Reply};
//!
//! struct Keys;
//!
//! impl Agent for Keys {
//!     fn handle(cx: &Context, _: &Event) -> Result<Replies, Failure> {
//!         let secrets = cx.secrets().entries()?;
//!         Ok(secrets.iter().map(|secret| Reply::from(secret.placeholder.as_str())).collect())
//!     }
//! }
//!
//! let mut host = Host::<Keys>::new().with_secret("weather", &["api.example.com"]);
//! assert_eq!(host.say("What is there?")?.texts(), ["{{secret:weather}}"]);
//! # Ok::<(), Failure>(())
//! ```

use crate::Error;
use crate::port::{Calls, Port};

pub use crate::bindings::capabilities::cloister::agent::secrets::Secret;

/// What there is to be put into requests.
pub struct Secrets<'a> {
    port: &'a Port,
}

impl<'a> Secrets<'a> {
    pub(crate) fn new(port: &'a Port) -> Secrets<'a> {
        Secrets { port }
    }

    /// What to write in the place of the secret of this name: in the value of a header, in a path or query, in a body of
    /// JSON, of a form or of plain text.
    pub fn placeholder(&self, name: &str) -> String {
        format!("{{{{secret:{name}}}}}")
    }

    /// All that there are, by name.
    pub fn entries(&self) -> Result<Vec<Secret>, Error> {
        self.port.secrets()
    }
}
