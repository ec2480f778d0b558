//! Who someone is and what they may do. A [`Proof`] is what a request carries, a [`Caller`] is who it turned out to be,
//! and [`rights`] is the one table of who may do what.

mod caller;
mod cookie;
mod proof;
mod remembered;
pub mod rights;
mod same_origin;

pub use caller::{Caller, Way};
pub(crate) use cookie::NAME as SESSION_COOKIE;
pub use cookie::SessionCookie;
pub(crate) use proof::known;
pub use proof::{Proof, bearer};
pub use remembered::Remembered;
pub use rights::{Operation, Role};
pub(crate) use same_origin::is_trusted;
