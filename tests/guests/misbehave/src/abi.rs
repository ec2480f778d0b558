//! Replies that no correct guest can make: what they point at is not text, or not there.
//!
//! Rust promises nothing about such strings; all that happens to these is that their address and length go to the host.
#![allow(
    unsafe_code,
    reason = "a string that breaks its own promise cannot be made otherwise"
)]

use cloister_guest::{Replies, Reply};

/// Text that is not UTF-8.
pub fn bad_utf8() -> Replies {
    let mut reply = Reply::text("");
    // SAFETY: nothing here reads the string as text; the host, which does, must refuse it.
    reply.text = unsafe { String::from_utf8_unchecked(vec![0xff, 0xfe, 0xfd]) };
    reply.into()
}

/// Text that reaches past the end of the memory.
pub fn bad_pointer() -> Replies {
    let mut reply = Reply::text("");
    let nowhere = std::ptr::without_provenance_mut(0xffff_fff0);
    // SAFETY: nothing here reads or frees the string; the host, which would read it, must refuse it.
    reply.text = unsafe { String::from_raw_parts(nowhere, 4096, 4096) };
    reply.into()
}
