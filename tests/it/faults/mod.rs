//! Faults: a host that is killed at any step of a message's way, or at any moment, loses nothing, does nothing twice and
//! keeps the order.

mod moments;
mod points;
mod polled;
mod strays;
mod streamed;
