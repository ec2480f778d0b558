//! The sandbox from outside: guests that behave and guests that do not, each stopped or refused with its own error.

#[path = "../support/guest.rs"]
mod guest;
mod host;

mod cache;
mod calls;
mod faults;
mod limits;
mod refusals;
mod toolset;
mod wasi;
