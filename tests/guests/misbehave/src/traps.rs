//! Turns that end in the middle.

use std::hint::black_box;
use std::time::Duration;

use cloister_guest::{Context, Event, Failure, Replies};

/// Calls itself until there is no stack left.
pub fn deep_recursion() -> Replies {
    descend(u64::MAX).to_string().into()
}

#[inline(never)]
fn descend(depth: u64) -> u64 {
    // What is done with the result keeps this from being a loop.
    if depth == 0 {
        0
    } else {
        black_box(descend(black_box(depth - 1))) ^ depth
    }
}

#[inline(never)]
pub fn panics_by_name() -> ! {
    panic!("this agent panics on purpose")
}

#[inline(never)]
pub fn unreachable_by_name() -> ! {
    #[cfg(target_arch = "wasm32")]
    std::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

/// Does a little of everything, then panics: nothing of it may remain.
pub fn half_done(cx: &Context, event: &Event) -> Result<Replies, Failure> {
    cx.state().agent().set("half", "done")?;
    cx.state().conversation().set("half", "done")?;
    cx.schedule()
        .after("half", Duration::from_millis(1), "done")?;
    cx.outbox().send(&event.conversation.id, "half done")?;
    panics_by_name()
}
