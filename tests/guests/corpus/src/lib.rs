//! The adversarial corpus: guests that a host must refuse or stop, and with what. `README.md` beside this crate has the
//! table for people. It knows the contract and no host.

mod built;
mod made;
mod module;

pub use built::built;
pub use made::{MADE, Made};

/// How a guest of the corpus must fare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Turned away at upload, before anything is compiled; the refusal's text has this in it.
    Refused(&'static str),
    /// Taken in, and turned away when its code is compiled.
    DoesNotCompile,
    /// Runs, and is stopped with this code.
    Stopped(&'static str),
    /// Runs to its end, and answers this.
    Answers(&'static str),
}

/// What the guest `misbehave` (see [`built`]) does when it is sent the first as a message, and how it fares.
pub const MISDEEDS: &[(&str, Fate)] = &[
    ("infinite_loop", Fate::Stopped("deadline")),
    ("host_call_flood", Fate::Stopped("too_many_calls")),
    // It was granted none; asking counts all the same.
    ("model_flood", Fate::Stopped("too_many_calls")),
    // Of its lines, 1,000 of 4 KiB are kept.
    ("log_flood", Fate::Answers("flooded")),
    ("memory_growth", Fate::Stopped("out_of_memory")),
    ("huge_reply", Fate::Stopped("reply_too_large")),
    ("many_replies", Fate::Stopped("reply_too_large")),
    ("deep_recursion", Fate::Stopped("stack_overflow")),
    ("panic", Fate::Stopped("trap")),
    ("unreachable", Fate::Stopped("trap")),
    ("half_done", Fate::Stopped("trap")),
    ("failure", Fate::Stopped("failed")),
    ("bad_utf8", Fate::Stopped("bad_abi")),
    ("bad_pointer", Fate::Stopped("bad_abi")),
    // Where its calls take long; where they are quick, it meets the bound on their number.
    ("host_call_loop", Fate::Stopped("host_deadline")),
];
