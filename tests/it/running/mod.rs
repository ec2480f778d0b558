//! Running the host: what it tells an operator, how it starts, how it stops.

mod check;
mod embedded;
mod health;
mod keys;
mod mistakes;
mod pipes;
mod stop;
mod traces;
