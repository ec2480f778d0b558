//! Commands: what people of a messaging product say to the host itself. One table has all of them; the routes of the Channel
//! API, the parser of messages, `/help` and the description of the endpoints are made of it. A family of commands is a file
//! with its rows and what they do, over the services.

mod about;
mod access;
mod agents;
mod arguments;
mod call;
mod declined;
mod grammar;
mod hear;
mod invoke;
mod link;
mod near;
mod outcome;
mod running;
mod sharing;
mod slash;
mod table;
mod talking;
mod wallet;
mod yolo;

pub use self::arguments::{Amount, Arguments};
pub use self::declined::Declined;
pub use self::hear::hear;
pub use self::invoke::{Told, invoke};
pub use self::near::near;
pub use self::outcome::{Outcome, Shape};
pub use self::table::{Argument, Command, Kind, find, table};
