//! Who someone is and what they may do. A [`Proof`] is what a request carries, a [`Caller`] is who it turned out to be,
//! and [`rights`] is the one table of who may do what.

pub(crate) mod address;
mod budgets;
mod caller;
mod cookie;
pub mod jwt;
mod presented;
mod proof;
mod reach;
mod remembered;
pub mod rights;
mod same_origin;

pub use budgets::Budgets;
pub use caller::{Caller, Client, Entrance, Way, Who};
pub(crate) use cookie::NAME as SESSION_COOKIE;
pub use cookie::SessionCookie;
pub use presented::presented;
pub use proof::Proof;
pub(crate) use proof::{caller_of, known};
pub use reach::Reach;
pub use remembered::Remembered;
pub use rights::{Operation, OrganizationRole, Role, Standing};
pub(crate) use same_origin::is_trusted;
