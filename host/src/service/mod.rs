//! Services are what the product does, free of any transport: one noun a file. Each function takes the context, the
//! caller and its input, checks the caller's right itself, and tells what went wrong as [`crate::error::Error`].

pub mod access;
pub mod agents;
pub mod api_keys;
pub mod audit;
pub mod binding;
pub mod bootstrap;
pub mod business_units;
pub mod calls;
pub mod channels;
pub mod contacts;
pub mod conversations;
pub mod deliveries;
pub mod feeds;
pub mod front_desk;
pub mod grants;
pub mod holding;
pub mod inbound;
pub mod invites;
pub mod keys;
pub mod members;
pub mod messages;
pub mod modules;
pub mod names;
pub mod opening;
pub mod organizations;
pub mod placed;
pub mod projects;
pub mod schedules;
pub mod sessions;
pub mod sign_in;
pub mod teams;
pub mod turns;
pub mod users;
pub mod web_chat;
pub mod workflows;
