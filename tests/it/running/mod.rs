//! Running the host: what it tells an operator, how it starts, how it stops.

mod check;
mod embedded;
mod health;
mod mistakes;
mod pipes;
mod stop;
mod traces;
