//! Cloister's host: what the product does, and every way in, over the sandbox (which runs agents), the store (the only
//! one to know SQL) and the channels (which speak to platforms). It has no idea of wasm engines, of queries or of any
//! platform's wire format: those three crates do.
//!
//! The modules in reading order, each of which uses only those below it; the first are at the bottom:

pub mod config;
pub mod error;
pub mod supervisor;
pub mod vault;
