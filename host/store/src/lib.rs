//! Everything in Postgres: the pool, the private server, the schema, and one file a table or a family of tables that
//! belong together. The only crate that uses diesel. It has no idea of HTTP, of wasm or of any messaging platform,
//! and checks no one's rights: the services above do.

pub mod deliveries;
pub mod embedded;
pub mod error;
pub mod hot;
pub mod ids;
pub mod inbox;
pub mod migrate;
pub mod pool;
pub mod schedules;
pub mod schema;
pub mod state;
pub mod statements;
#[cfg(feature = "testing")]
#[expect(clippy::expect_used, clippy::panic, reason = "a test fails by them")]
pub mod testing;
pub mod turns;

pub use error::StoreError;
pub use pool::{Connection, Store};
