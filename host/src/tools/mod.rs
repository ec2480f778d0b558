//! Tools, whoever has them: what they are called, what they take, and what they promise. Whose they are, and whether an agent may
//! use them, others know.

mod known;
mod names;
mod schema;

pub use self::known::{Described, Known, Listing, MOST, Tool};
pub use self::names::{TOOLSET, is_toolset, public};
pub use self::schema::{BadSchema, SCHEMA, Schema};
