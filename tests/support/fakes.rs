//! Fakes of platforms across the internet: real servers on the loopback, each itself checked with a client that is not ours.

pub mod collector;
pub mod discord;
pub mod line;
pub mod mcp;
pub mod openai;
pub mod solana;
pub mod telegram;
pub mod wechat;
