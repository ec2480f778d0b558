//! The Channel API, held against its document: statuses and bodies.

mod inbound;
mod manage;
