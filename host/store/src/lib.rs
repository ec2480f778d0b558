//! Everything in Postgres: the pool, the private server, the schema, and one file a table or a family of tables that
//! belong together. The only crate that uses diesel. It has no idea of HTTP, of wasm or of any messaging platform,
//! and checks no one's rights: the services above do.

// The way to the database.
mod address;
pub mod embedded;
pub mod error;
pub mod hot;
pub mod migrate;
pub mod pool;
pub mod statements;
mod tls;

// What rows are made of.
pub mod digests;
pub mod ids;
pub mod page;
pub mod schema;
pub mod text;

// Who and what there is.
pub mod accounts;
pub mod agents;
pub mod business_units;
pub mod channels;
pub mod consoles;
pub mod invites;
pub mod live_links;
pub mod members;
pub mod modules;
pub mod organizations;
pub mod project_agents;
pub mod project_settings;
pub mod projects;
pub mod providers;
pub mod repositories;
pub mod sealed;
pub mod secrets;
pub mod teams;
pub mod tokens;
pub mod toolsets;
pub mod users;
pub mod wallets;
pub mod workflows;

// What grows with traffic, and the way of a message.
pub mod access;
pub mod agent_log;
pub mod answers;
pub mod audit;
pub mod commands;
pub mod contacts;
pub mod conversations;
pub mod deliveries;
pub mod files;
pub mod groups;
pub mod http_answers;
pub mod inbox;
pub mod journal;
pub mod messages;
pub mod pairing;
pub mod reading;
pub mod recordings;
pub mod scans;
pub mod schedules;
pub mod sessions;
pub mod shown;
pub mod speakers;
pub mod state;
pub mod tool_calls;
pub mod turns;
pub mod windows;

// Who serves.
pub mod hosts;
pub mod installation;
pub mod leases;
pub mod notices;
pub mod plans;

mod functions;
mod listing;
mod words;

#[cfg(feature = "testing")]
#[expect(clippy::expect_used, clippy::panic, reason = "a test fails by them")]
pub mod testing;

pub use address::{Address, BadAddress};
pub use error::StoreError;
pub use pool::{Connection, Store};
pub use words::UnknownWord;
