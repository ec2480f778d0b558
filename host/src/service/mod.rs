//! Services are what the product does, free of any transport: one noun a file. Each function takes the context, the
//! caller and its input, checks the caller's right itself, and tells what went wrong as [`crate::error::Error`].

pub mod agents;
pub mod binding;
pub mod bootstrap;
pub mod channels;
pub mod conversations;
pub mod deliveries;
pub mod feeds;
pub mod holding;
pub mod inbound;
pub mod keys;
pub mod modules;
pub mod projects;
pub mod sign_in;
pub mod turns;
pub mod web_chat;
pub mod workflows;
