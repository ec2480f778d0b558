//! Runs agents and toolsets: WebAssembly components of the package `cloister:agent`, each call in a fresh instance under
//! limits. It has no idea of organizations, databases, channels or HTTP: what a guest may reach comes in as
//! [`Capabilities`], what it may use as [`Limits`], and what came of a call goes out as a [`Run`].
//!
//! The way of a module: [`inspect()`] says whether bytes can run here at all, [`Engine::load`] turns them into a
//! [`Module`] through the caches and the [`compiler`]'s child process, and the module is called. A call can be taken down as a
//! [`Recording`], and played again from it.

mod bindings;
mod digest;

mod capability;
mod limits;
mod stop;

mod inspect;
mod refusal;

mod cache;
pub mod compiler;
mod engine;
mod module;

mod guest;
mod meter;
mod quota;
mod recording;
mod trap;
mod wasi;

pub use bindings::types;
pub use capability::{
    Called, Capabilities, CompletionStream, History, Http, HttpRequest, HttpResponse, Log, Model,
    NAMES as CAPABILITIES, OpenStream, Outbox, Progress, Projects, Schedule, Secrets, State, Tools,
    Unanswered, Workspace,
};
pub use digest::{Digest, DigestError};
pub use engine::{Engine, EngineConfig, EngineError, LoadError};
pub use inspect::{
    Exports, INTERFACE_VERSION, Inspection, MODULE_BYTES, Outline, inspect, outline,
};
pub use limits::{Limits, LimitsError, RUNTIME_SHARE};
pub use module::Module;
pub use recording::{Deck, Divergence, Recording};
pub use refusal::Refusal;
pub use stop::{Run, Stop, Usage};
