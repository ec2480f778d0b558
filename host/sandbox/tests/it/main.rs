//! The sandbox from outside: guests that behave and guests that do not, each stopped or refused with its own error.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails a test"
)]

#[path = "../support/guest.rs"]
mod guest;
mod host;

mod cache;
mod calls;
mod compiler;
mod faults;
mod limits;
mod recording;
mod refusals;
mod toolset;
mod wasi;
