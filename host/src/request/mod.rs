//! What the ways in share of reading a request, bodies with their bounds and objects field by field, and of answering with
//! a file.

pub mod body;
mod download;
pub mod fields;
pub mod form;
pub mod spool;

pub use download::download;
