//! Cloister's host: what the product does, and every way in, over the sandbox (which runs agents), the store (the only
//! one to know SQL) and the channels (which speak to platforms). It has no idea of wasm engines, of queries or of any
//! platform's wire format: those three crates do.
//!
//! The modules in reading order: from the top, where a process starts, down to what everything stands on. Each uses only
//! those that come after it.

pub mod cli;

pub mod app;
pub mod logging;
pub mod router;
mod server;

pub mod graphql;
pub mod health;
pub mod hooks;
pub mod openapi;
pub mod request;
pub mod rest;
pub mod web;

pub mod capabilities;
mod cleaning;
pub mod consumers;
pub mod turns;

pub mod commands;

pub mod service;

pub mod auth;
pub mod content;
pub mod context;
pub mod inbound;
pub mod journal;
pub mod live;
pub mod workflow;

pub mod builtin;
pub mod config;
pub mod error;
pub mod event;
pub mod external;
pub mod fault;
pub mod gather;
pub mod git;
pub mod mcp;
pub mod metrics;
pub mod models;
pub mod outgoing;
pub mod rates;
pub mod reads;
pub mod recurrence;
pub mod solana;
pub mod spans;
pub mod supervisor;
pub mod tools;
pub mod usual;
pub mod vault;
