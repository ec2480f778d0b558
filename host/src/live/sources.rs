//! What can be followed: messages of a conversation, turns, log lines, channels, deliveries.

mod channels;
mod deliveries;
mod log;
mod messages;
mod recent;
mod turns;

pub use channels::ChannelsOf;
pub use deliveries::DeliveriesOf;
pub use log::LogOf;
pub use messages::MessagesOf;
pub(crate) use recent::{Recent, WHILE};
pub use turns::TurnsOf;

use super::feed::Hub;

/// Items of one read.
const PAGE: i64 = 100;

/// The feeds of this host. Cheap to clone.
#[derive(Clone, Default)]
pub struct Feeds {
    /// Messages as they are added.
    pub messages: Hub<MessagesOf>,
    /// Turns as they change.
    pub turns: Hub<TurnsOf>,
    /// Log lines as they are written.
    pub log: Hub<LogOf>,
    /// Channels whose status changed.
    pub channels: Hub<ChannelsOf>,
    /// Deliveries as they change.
    pub deliveries: Hub<DeliveriesOf>,
}
