//! The store against a real Postgres: one binary, one server, a database for each test.

mod hot;
mod migrations;
