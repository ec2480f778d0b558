//! The way of a message: order, state, timers, waiting, and who runs what.

mod hosts;
mod optimistic;
mod order;
mod repeating;
mod time;
mod waiting;
