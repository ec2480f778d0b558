//! State: what an agent remembers, keys and values. It is kept with the turn's outcome or not at all.
//!
//! ```
//! use cloister_guest::testing::Host;
//! use cloister_guest::{Agent, Context, Event, Failure, Replies};
//!
//! struct Visits;
//!
//! impl Agent for Visits {
//!     fn handle(cx: &Context, _: &Event) -> Result<Replies, Failure> {
//!         let (here, anywhere) = (cx.state().conversation(), cx.state().agent());
//!         for scope in [&here, &anywhere] {
//!             let count = scope.parse::<u64>("count")?.unwrap_or(0) + 1;
//!             scope.set("count", count.to_string())?;
//!         }
//!         let told = [here.text("count")?, anywhere.text("count")?].map(Option::unwrap_or_default);
//!         Ok(told.join(" of ").into())
//!     }
//! }
//!
//! let mut host = Host::<Visits>::new();
//! assert_eq!(host.say("hello")?.texts(), ["1 of 1"]);
//! host.open_conversation();
//! assert_eq!(host.say("hello")?.texts(), ["1 of 2"]);
//! # Ok::<(), Failure>(())
//! ```

use std::fmt::Display;
use std::str::FromStr;

use crate::port::{Calls, Port};
use crate::{Error, ErrorCode};

pub use crate::bindings::capabilities::cloister::agent::state::Scope;

/// How many keys one call of the host returns at most.
const PAGE: u32 = 1_000;

/// Both scopes.
pub struct State<'a> {
    port: &'a Port,
}

impl<'a> State<'a> {
    pub(crate) fn new(port: &'a Port) -> State<'a> {
        State { port }
    }

    /// What all conversations of the agent share.
    pub fn agent(&self) -> Scoped<'a> {
        self.scoped(Scope::Agent)
    }

    /// What belongs to this conversation alone.
    pub fn conversation(&self) -> Scoped<'a> {
        self.scoped(Scope::Conversation)
    }

    fn scoped(&self, scope: Scope) -> Scoped<'a> {
        Scoped {
            port: self.port,
            scope,
        }
    }
}

/// The keys and values of one scope. A key is 1 to 256 bytes, a value at most 256 KiB.
pub struct Scoped<'a> {
    port: &'a Port,
    scope: Scope,
}

impl Scoped<'_> {
    /// The value of a key. It sees what this turn has set.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.port.get(self.scope, key)
    }

    /// A value that is text.
    pub fn text(&self, key: &str) -> Result<Option<String>, Error> {
        self.get(key)?
            .map(|value| String::from_utf8(value).map_err(|error| mismatch(key, error)))
            .transpose()
    }

    /// A value that is the text of a number, or of anything else that parses.
    pub fn parse<T>(&self, key: &str) -> Result<Option<T>, Error>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.text(key)?
            .map(|text| text.parse().map_err(|error| mismatch(key, error)))
            .transpose()
    }

    /// Sets a key.
    pub fn set(&self, key: &str, value: impl AsRef<[u8]>) -> Result<(), Error> {
        self.port.set(self.scope, key, value.as_ref())
    }

    /// Deletes a key. Returns whether there was such a key.
    pub fn delete(&self, key: &str) -> Result<bool, Error> {
        self.port.delete(self.scope, key)
    }

    /// All keys that start with `prefix`, in the order of their bytes: a call of the host for every thousand.
    pub fn keys(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let mut keys = Vec::new();
        loop {
            let page = self.keys_after(prefix, keys.last().map(String::as_str), PAGE)?;
            let is_last = page.len() < PAGE as usize;
            keys.extend(page);
            if is_last {
                return Ok(keys);
            }
        }
    }

    /// At most `limit` (1 to 1,000) keys that start with `prefix` and come after `after`.
    pub fn keys_after(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        self.port.keys(self.scope, prefix, after, limit)
    }
}

#[cfg(feature = "json")]
impl Scoped<'_> {
    /// A value that [`Scoped::set_json`] has set.
    pub fn json<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        self.get(key)?
            .map(|value| serde_json::from_slice(&value).map_err(|error| mismatch(key, error)))
            .transpose()
    }

    /// Sets a key to a value of the agent's own type, as JSON.
    pub fn set_json<T: serde::Serialize>(&self, key: &str, value: &T) -> Result<(), Error> {
        let value = serde_json::to_vec(value).map_err(|error| mismatch(key, error))?;
        self.set(key, value)
    }
}

fn mismatch(key: &str, error: impl Display) -> Error {
    Error {
        code: ErrorCode::Invalid,
        message: format!("the value of the state key `{key}` is not what was expected: {error}"),
    }
}
