//! A run: one call of a guest and what came of it. A [`Stop`] is why it gave no answer: the guest's fault and the owner's
//! to see, unless [`Stop::is_host_fault`] says otherwise.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::types::Failure;

/// What came of one call, and what it took.
#[derive(Debug, Clone)]
pub struct Run<T> {
    /// The guest's answer, or why there is none.
    pub outcome: Result<T, Stop>,
    /// What was used, also by a run that was stopped.
    pub usage: Usage,
}

/// What a call used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Time in which the guest's own code ran.
    pub guest_time: Duration,
    /// Time in which it waited for calls of the host.
    pub host_time: Duration,
    /// Calls of the host, log lines apart.
    pub host_calls: u32,
    /// The most linear memory that it had at once, in bytes.
    pub memory_peak: u64,
}

/// Why a guest gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Stop {
    /// It asked for more memory than it may have, and could not go on without.
    #[error("the agent needs more than its {limit} bytes of memory")]
    OutOfMemory {
        /// Bytes.
        limit: u64,
    },
    /// It asked for more table elements than it may have, and could not go on without.
    #[error("the agent needs more than its {limit} table elements")]
    TableLimit {
        /// Elements.
        limit: u64,
    },
    /// Its own code ran too long.
    #[error("the agent ran for more than {} ms", .limit.as_millis())]
    Deadline {
        /// Guest time.
        limit: Duration,
    },
    /// Its calls of the host took too long, altogether or one that never came back.
    #[error("the agent waited for more than {} ms for the host, last for `{call}`", .limit.as_millis())]
    HostDeadline {
        /// The call that was cut off, such as `state.get`.
        call: &'static str,
        /// Host time of one turn.
        limit: Duration,
    },
    /// It called the host too often.
    #[error("the agent called the host more than {limit} times")]
    TooManyCalls {
        /// Calls.
        limit: u32,
    },
    /// It passed more to one call of the host than the host takes in.
    #[error("the agent passed more than {limit} bytes to one call of the host")]
    ArgumentTooLarge {
        /// Bytes.
        limit: u64,
    },
    /// It answered with too much.
    #[error("the agent's reply has at least {size} bytes; {limit} are allowed")]
    ReplyTooLarge {
        /// Bytes; where the host stopped reading, how far it had come.
        size: u64,
        /// Bytes.
        limit: u64,
    },
    /// It recursed too deep.
    #[error("the agent's call stack overflowed")]
    StackOverflow {
        /// The innermost frames, a line each.
        backtrace: String,
    },
    /// It crashed.
    #[error("the agent crashed: {message}")]
    Trap {
        /// The kind of trap.
        message: String,
        /// The innermost frames, a line each.
        backtrace: String,
    },
    /// It broke the rules by which values cross the border, such as text that is not UTF-8.
    #[error("the agent passed a malformed value: {message}")]
    BadAbi {
        /// Which rule.
        message: String,
    },
    /// It used up its fuel.
    #[error("the agent used up its {limit} units of fuel")]
    OutOfFuel {
        /// Units.
        limit: u64,
    },
    /// It was called for what it is not.
    #[error("the module does not export `{interface}`")]
    NotExported {
        /// Such as `cloister:agent/handler`.
        interface: &'static str,
    },
    /// It asked for something else than when it was recorded.
    #[error("the agent does not ask for what it asked when it was recorded")]
    Diverged,
    /// It said itself that it failed.
    #[error("the agent failed: {}", .0.message)]
    Failed(Failure),
    /// It called a tool before which a person is asked: to be run again when they have answered.
    #[error("the agent waits until a person has said whether a tool may be called")]
    Waits,
    /// The host could not run it.
    #[error("the host could not run the agent: {message}")]
    Host {
        /// For the operator.
        message: String,
    },
}

impl Stop {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::TableLimit { .. } => "table_limit",
            Self::Deadline { .. } => "deadline",
            Self::HostDeadline { .. } => "host_deadline",
            Self::TooManyCalls { .. } => "too_many_calls",
            Self::ArgumentTooLarge { .. } => "argument_too_large",
            Self::ReplyTooLarge { .. } => "reply_too_large",
            Self::StackOverflow { .. } => "stack_overflow",
            Self::Trap { .. } => "trap",
            Self::BadAbi { .. } => "bad_abi",
            Self::OutOfFuel { .. } => "out_of_fuel",
            Self::NotExported { .. } => "not_exported",
            Self::Diverged => "diverged",
            Self::Failed(_) => "failed",
            Self::Waits => "waits",
            Self::Host { .. } => "host",
        }
    }

    /// Whether the operator should look at it, rather than the agent's owner.
    pub fn is_host_fault(&self) -> bool {
        matches!(self, Self::Host { .. })
    }

    /// Where the guest was, as far as that helps: a line a frame, innermost first.
    pub fn backtrace(&self) -> Option<&str> {
        match self {
            Self::Trap { backtrace, .. } | Self::StackOverflow { backtrace } => Some(backtrace),
            _ => None,
        }
    }
}
