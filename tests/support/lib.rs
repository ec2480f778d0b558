//! What the tests and the benchmarks stand on: the built binary as a process of its own, its owner, the products and
//! people that talk to it, and what it left in the database. It knows the host by its sockets and its files alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "whatever goes wrong here is a test that fails, best where it went wrong"
)]

pub mod wait;

pub mod installed;
pub mod languages;
pub mod place;
pub mod ports;
pub mod process;
pub mod python;

pub mod app;
pub mod owner;

pub mod channel;

pub mod callback;
pub mod signature;

pub mod database;
pub mod people;

pub mod node;
pub mod readme;

pub mod crowd;
pub mod socket;
pub mod visitor;

pub mod browser;

pub mod fakes;

pub mod git;
pub mod nats;

pub use app::App;
pub use callback::Callback;
pub use channel::Channel;
pub use database::Database;
pub use socket::Socket;
pub use wait::{Limit, wait_for};
