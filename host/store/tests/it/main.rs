//! The store against a real Postgres: one binary, one server, a database for each test.

mod given;

mod agents;
mod channels;
mod embedded;
mod hosts;
mod hot;
mod log;
mod messages;
mod migrations;
mod outage;
mod people;
mod tokens;
mod scratch;
