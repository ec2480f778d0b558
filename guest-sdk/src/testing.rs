//! An in-memory host, for the native unit tests of an agent or a toolset.
//!
//! It keeps the contract's promises: a turn that fails leaves state, timers and outbox as they were, a capability that is
//! not granted answers `Denied`, sizes have their limits. It does not count host calls, and it knows no clock but the one
//! that the test moves.
//!
//! ```
//! use std::time::Duration;
//! use cloister_guest::testing::Host;
//! use cloister_guest::{Agent, Context, Event, Failure, Replies};
//!
//! struct Egg;
//!
//! impl Agent for Egg {
//!     fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
//!         if event.timer().is_some() {
//!             return Ok("Your egg is done.".into());
//!         }
//!         cx.schedule().after("egg", Duration::from_secs(300), "")?;
//!         Ok(().into())
//!     }
//! }
//!
//! let mut host = Host::<Egg>::new();
//! host.say("an egg, please")?;
//! assert!(host.advance(Duration::from_secs(299)).is_empty());
//! let fired = host.advance(Duration::from_secs(1));
//! assert_eq!(fired[0].outcome.as_ref().unwrap().texts(), ["Your egg is done."]);
//! # Ok::<(), Failure>(())
//! ```

mod capability;
mod cron;
mod files;
mod host;
mod http;
mod limits;
mod model;
mod port;
#[cfg(test)]
mod tests;
mod tools;
mod turn;
mod world;

pub use capability::Capability;
pub use host::Host;
pub(crate) use model::Stream;
pub(crate) use port::Port;
pub use turn::Fired;
pub use world::{LogLine, Sent, Sign};
