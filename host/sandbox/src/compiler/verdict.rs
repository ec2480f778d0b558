//! How a compiler ended, and what that says about the module.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Signal;

use super::order::{DONE, INVALID, OUT_OF_MEMORY, TOO_DEMANDING};
use crate::refusal::Refusal;

/// The end of a child and what it left.
pub(super) struct Ending {
    pub(super) status: ExitStatus,
    pub(super) said: Vec<u8>,
    pub(super) complaints: Vec<u8>,
    /// Set where it said more than is read.
    pub(super) code_limit: Option<u64>,
}

/// What programs say before they give up for want of memory: Rust's allocator, the code generator, and threads that find
/// no room.
const NO_MEMORY: [&str; 4] = [
    "memory allocation of",
    "out of memory",
    "ThreadPoolBuildError",
    "Resource temporarily unavailable",
];

/// What a Rust program that panicked ends with.
const PANICKED: i32 = 101;

pub(super) fn verdict(ending: Ending, time: Duration, memory: u64) -> Result<Vec<u8>, Refusal> {
    let Ending {
        status,
        mut said,
        complaints,
        code_limit,
    } = ending;
    if let Some(limit) = code_limit {
        return Err(Refusal::CompiledTooLarge { limit });
    }
    if status.success()
        && let Some(kind) = said.first().copied()
    {
        said.remove(0);
        return match kind {
            DONE => Ok(said),
            INVALID => Err(Refusal::Invalid {
                message: text(&said),
            }),
            TOO_DEMANDING => Err(Refusal::TooDemanding {
                message: text(&said),
            }),
            OUT_OF_MEMORY => Err(Refusal::CompileTooMuchMemory { limit: memory }),
            other => Err(Refusal::CompilerFailed {
                message: format!("it answered with {other}"),
            }),
        };
    }
    let complaints = text(&complaints);
    if NO_MEMORY.iter().any(|words| complaints.contains(words)) {
        return Err(Refusal::CompileTooMuchMemory { limit: memory });
    }
    let message = match complaints.is_empty() {
        true => status.to_string(),
        false => format!("{status}: {complaints}"),
    };
    match (status.signal(), status.code()) {
        (Some(signal), _) if signal == Signal::XCPU.as_raw() => {
            Err(Refusal::CompileTooSlow { limit: time })
        }
        // We did not kill it, so the system did, for want of memory.
        (Some(signal), _) if signal == Signal::KILL.as_raw() => {
            Err(Refusal::CompileTooMuchMemory { limit: memory })
        }
        (Some(_), _) | (_, Some(PANICKED)) => Err(Refusal::CompilerCrashed { message }),
        _ => Err(Refusal::CompilerFailed { message }),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
