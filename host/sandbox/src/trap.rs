//! How wasmtime's errors become a [`Stop`]: this is the one place that reads them.

use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

use crate::guest::{Guest, Halt};
use crate::limits::Limits;
use crate::stop::Stop;
use crate::wasi;

/// Bytes of a backtrace that are kept.
const BACKTRACE_BYTES: usize = 8 * 1024;

/// How wasmtime introduces a backtrace.
const HEADING: &str = "error while executing at wasm backtrace:\n";

/// What wasmtime says when a value that crosses the border is larger than the store lets through; it has no type for it.
const TOO_MUCH_DATA: &str = "fuel allocated for hostcalls has been exhausted";

/// How far a call had come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The instance was being made.
    Instantiation,
    /// The guest was running, or its answer was being read.
    Call,
}

/// Why a call that ended with this error ended.
pub(crate) fn stop(error: &wasmtime::Error, guest: &Guest, limits: &Limits, phase: Phase) -> Stop {
    if let Some(Halt(stop)) = error.downcast_ref() {
        return stop.clone();
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return trapped(*trap, error, guest, limits);
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Stop::Host {
            message: format!("{error:#}"),
        };
    }
    if let Some(refused) = guest.quota.refused() {
        return refused;
    }
    if let Some(status) = wasi::exit_status(error) {
        return Stop::Trap {
            message: format!("it ended itself with status {status}"),
            backtrace: backtrace(error),
        };
    }
    let message = error.root_cause().to_string();
    if message.contains(TOO_MUCH_DATA) {
        let read = crossing_bytes(limits) as u64;
        // Only what a guest passes to the host while it runs has frames of it.
        return match error.downcast_ref::<WasmBacktrace>() {
            Some(_) => Stop::ArgumentTooLarge { limit: read },
            None => Stop::ReplyTooLarge {
                size: read,
                limit: limits.reply_bytes,
            },
        };
    }
    match phase {
        Phase::Instantiation => Stop::Host {
            message: format!("{error:#}"),
        },
        Phase::Call => Stop::BadAbi { message },
    }
}

/// How many bytes one call may carry from the guest to the host, records' own size included. Wide enough for an answer of
/// `reply_bytes` however it is cut up, so that most answers that are too large are measured and not just stopped.
pub(crate) fn crossing_bytes(limits: &Limits) -> usize {
    usize::try_from(
        limits
            .reply_bytes
            .saturating_mul(2)
            .saturating_add(1024 * 1024),
    )
    .unwrap_or(usize::MAX)
}

fn trapped(trap: Trap, error: &wasmtime::Error, guest: &Guest, limits: &Limits) -> Stop {
    match trap {
        Trap::StackOverflow => Stop::StackOverflow {
            backtrace: backtrace(error),
        },
        Trap::OutOfFuel => Stop::OutOfFuel {
            limit: limits.fuel.unwrap_or(0),
        },
        Trap::Interrupt => Stop::Deadline {
            limit: limits.guest_time,
        },
        Trap::StringOutOfBounds
        | Trap::ListOutOfBounds
        | Trap::InvalidChar
        | Trap::InvalidDiscriminant
        | Trap::UnalignedPointer
        | Trap::CannotEnterComponent
        | Trap::CannotLeaveComponent => Stop::BadAbi {
            message: trap.to_string(),
        },
        // A guest that was refused memory and then gives up has not crashed of itself.
        Trap::UnreachableCodeReached | Trap::MemoryOutOfBounds
            if guest.quota.refused().is_some() =>
        {
            guest.quota.refused().unwrap_or(Stop::OutOfMemory {
                limit: limits.memory,
            })
        }
        _ => Stop::Trap {
            message: message(trap, error),
            backtrace: backtrace(error),
        },
    }
}

/// The trap's name, and the address where there is one.
fn message(trap: Trap, error: &wasmtime::Error) -> String {
    let mut message = trap.to_string();
    for cause in error.chain() {
        if let Some(fault) = cause.downcast_ref::<wasmtime::MemoryAccessError>() {
            message = format!("{message}: {fault}");
        }
    }
    message
}

/// The frames, innermost first, a line or more each.
fn backtrace(error: &wasmtime::Error) -> String {
    let Some(frames) = error.downcast_ref::<WasmBacktrace>() else {
        return String::new();
    };
    let text = frames.to_string();
    let mut text = text.strip_prefix(HEADING).unwrap_or(&text).to_owned();
    if text.len() > BACKTRACE_BYTES {
        text.truncate(text.floor_char_boundary(BACKTRACE_BYTES));
        text.push('…');
    }
    text
}
