//! Write an agent for Cloister: one type, one trait, one macro.
//!
//! An agent is a WebAssembly component that is handed one event at a time (a message, a button, a timer that came due)
//! and answers with replies. It reaches the world only through the [`Context`], and there only what its owner granted.
//! This crate knows the contract in `wit/`, and nothing of the host, its database or its channels.
//!
//! ```
//! use cloister_guest::{Agent, Context, Event, Failure, Replies};
//!
//! struct Hello;
//!
//! impl Agent for Hello {
//!     fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
//!         let visits = cx.state().conversation().parse::<u64>("visits")?.unwrap_or(0) + 1;
//!         cx.state().conversation().set("visits", visits.to_string())?;
//!         cx.log().info(format!("visit {visits}"));
//!         Ok(format!("You said “{}”. That was your message number {visits}.", event.text()).into())
//!     }
//! }
//!
//! cloister_guest::agent!(Hello);
//!
//! // The same agent, tested natively against an in-memory host.
//! use cloister_guest::testing::Host;
//!
//! let mut host = Host::<Hello>::new();
//! let replies = host.say("good morning")?;
//! assert_eq!(replies.texts(), ["You said “good morning”. That was your message number 1."]);
//! # Ok::<(), Failure>(())
//! ```
//!
//! Each call runs in a fresh instance, so a `static` forgets: what must last goes into [`Context::state`]. State, replies,
//! timers and what went to the outbox take effect together when the handler returns `Ok`, and not at all otherwise.

#![warn(missing_docs)]

// Reading order: what an author implements, what it is handed, what it answers, what it may call, how it is tested.
mod agent;
mod toolset;

mod event;

mod attachment;
mod failure;
mod reply;

mod context;
pub mod history;
pub mod http;
pub mod log;
pub mod model;
pub mod outbox;
pub mod progress;
pub mod projects;
pub mod schedule;
pub mod secrets;
pub mod state;
pub mod tools;
pub mod workspace;

mod port;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

#[doc(hidden)]
pub mod bindings;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod private;

#[cfg(any(test, all(target_arch = "wasm32", feature = "arena")))]
mod arena;
#[cfg(all(target_arch = "wasm32", feature = "arena"))]
#[global_allocator]
static ALLOCATOR: arena::Arena = arena::Arena::new();

pub use agent::Agent;
pub use bindings::capabilities::cloister::agent::types::{
    Action, Attachment, AttachmentSource, Choice, Contact, Conversation, Error, ErrorCode, Event,
    EventBody, Failure, FailureCode, Message, Notice, Reply, TextFormat, Timer,
};
pub use context::Context;
pub use reply::Replies;
pub use toolset::{Call, Outcome, Tool, Toolset};
