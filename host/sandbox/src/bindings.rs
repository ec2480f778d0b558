//! Bindings: what `bindgen!` makes of the contract in `guest-sdk/wit`. The world `hosted` has all there is;
//! a component that exports one of them is looked up by interface.

#![allow(
    missing_docs,
    clippy::all,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "generated; the contract is documented in its .wit files"
)]

wasmtime::component::bindgen!({
    path: "../../guest-sdk/wit",
    world: "cloister:agent/hosted",
    imports: {
        "cloister:agent/log.write": trappable,
        default: async | trappable,
    },
    exports: { default: async },
    with: { "cloister:agent/model.completion-stream": crate::capability::OpenStream },
    additional_derives: [Clone, serde::Serialize, serde::Deserialize],
});

/// The host side of each import, and the exports by interface.
pub(crate) use cloister::agent as imports;
pub(crate) use exports::cloister::agent as guest_exports;

/// The contract's types, under the names that its documentation uses.
pub mod types {
    pub use super::cloister::agent::history::{Entry, Speaker};
    pub use super::cloister::agent::log::Level;
    pub use super::cloister::agent::projects::Project;
    pub use super::cloister::agent::schedule::{Due, Entry as ScheduleEntry, Recurrence};
    pub use super::cloister::agent::secrets::Secret;
    pub use super::cloister::agent::state::Scope;
    pub use super::cloister::agent::types::{
        Action, Attachment, AttachmentSource, Choice, Contact, Conversation, Error, ErrorCode,
        Event, EventBody, Failure, FailureCode, Id, Message, Notice, Pair, Reply, TextFormat,
        Timer, Timestamp,
    };
    pub use super::cloister::agent::workspace::Entry as FileEntry;
    pub use super::exports::cloister::agent::toolset::{Call, Outcome, Tool};

    /// What is asked of tools, and what they answer.
    pub mod toolbox {
        pub use super::super::cloister::agent::toolbox::{
            Absence, Catalogue, Cause, Outcome, Problem, Tool,
        };
    }

    /// What is asked of a language model, and what it answers.
    pub mod model {
        pub use super::super::cloister::agent::model::{
            Cause, Completion, Finish, Image, Message, Part, Piece, Problem, Request, Role, Tool,
            ToolCall, ToolChoice, ToolResult, Usage,
        };
    }
}
