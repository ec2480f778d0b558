//! More than anybody should have.

use std::hint::black_box;

use cloister_guest::{Replies, Reply};

const MIB: usize = 1024 * 1024;

/// Takes memory until there is none, and touches it.
pub fn memory() -> ! {
    let mut taken = Vec::new();
    loop {
        taken.push(vec![1_u8; MIB]);
        black_box(&taken);
    }
}

/// One reply of 8 MiB.
pub fn reply() -> Replies {
    "x".repeat(8 * MIB).into()
}

/// A hundred thousand replies of nothing: small for the guest, not for who receives them.
pub fn replies() -> Replies {
    (0..100_000).map(|_| Reply::text("")).collect()
}
