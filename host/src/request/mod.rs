//! What the ways in share of reading a request: bodies with their bounds, and objects field by field.

pub mod body;
pub mod fields;
pub mod form;
pub mod spool;
