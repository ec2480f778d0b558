//! Deliveries: outbound messages on their way to a platform.

mod find;
mod follow;
mod listed;
mod read;
mod take;

pub use find::find;
pub use follow::{follow, newest};
pub use listed::{find_many, of_channels};
pub use read::{Delivery, discard, list, retry};
pub use take::{Attempt, Outcome, TakenDelivery, create_for_turn, finish, next, take};
