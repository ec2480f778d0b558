//! A capability: one import of the contract, that an owner grants or does not.

use crate::{Error, ErrorCode};

/// The capabilities of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// Lines for the agent's owner.
    Log,
    /// What the agent remembers.
    State,
    /// What was said in a conversation before.
    History,
    /// Signs of life while a turn runs.
    Progress,
    /// Timers.
    Schedule,
    /// Speaking first.
    Outbox,
    /// The agent's files.
    Workspace,
    /// The projects of whoever speaks.
    Projects,
    /// Asking a language model.
    Model,
    /// What the owner has stored to be put into requests.
    Secrets,
    /// Tools of the project's toolsets.
    Tools,
    /// Requests to the outside.
    Http,
}

impl Capability {
    /// All of them, in the order of the contract.
    pub const ALL: [Capability; 12] = [
        Capability::Log,
        Capability::State,
        Capability::History,
        Capability::Progress,
        Capability::Schedule,
        Capability::Outbox,
        Capability::Workspace,
        Capability::Projects,
        Capability::Model,
        Capability::Secrets,
        Capability::Tools,
        Capability::Http,
    ];

    pub(super) fn denied(self) -> Error {
        let name = format!("{self:?}").to_lowercase();
        Error {
            code: ErrorCode::Denied,
            message: format!("this agent was not granted `{name}`"),
        }
    }
}
