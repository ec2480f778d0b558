//! The store against a real Postgres: one binary, one server, a database for each test.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by them"
)]

mod given;

mod access;
mod agents;
mod audit;
mod channels;
mod embedded;
mod hosts;
mod hot;
mod installation;
mod invites;
mod log;
mod messages;
mod migrations;
mod notices;
mod outage;
mod owners;
mod people;
mod reading;
mod scans;
mod teams;
mod tls;
mod tokens;
mod windows;
