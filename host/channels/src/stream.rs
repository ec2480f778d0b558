//! A stream is a connection that a platform keeps open to tell what is said. The host owns the socket, the clock and the
//! database; a [`Talk`] is the driver's side of the conversation on it: frames in, frames and events out.

use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

use crate::poll::Update;

/// Where to connect, and how to talk there.
pub struct Dial {
    /// A `wss` address.
    pub url: Url,
    /// How long to wait before, where the platform says so.
    pub wait: Duration,
    /// What the owner should know though the channel works.
    pub note: Option<String>,
    /// The talk of one connection.
    pub talk: Box<dyn Talk>,
}

/// The driver's side of one connection.
pub trait Talk: Send {
    /// What a text frame means, in order.
    fn hear(&mut self, frame: &str) -> Vec<Said>;

    /// It is time for a sign of life.
    fn beat(&mut self) -> Vec<Said>;

    /// What it means that the other side has closed the connection, or that it broke.
    fn closed(&mut self, code: Option<u16>) -> Ending;
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub enum Said {
    /// Send this text frame.
    Send(String),
    /// Call [`Talk::beat`] first after one, then every other time.
    Beat {
        /// How long until the first.
        first: Duration,
        /// How long between two.
        every: Duration,
    },
    /// Something to store, with where listening stands then.
    Update(Box<Update>),
    /// What was said since a moment, and before the updates that follow, is to be asked for: the platform does not tell it.
    Missed {
        /// The moment.
        since: DateTime<Utc>,
        /// Where listening stands until all of it is stored.
        cursor: String,
    },
    /// The platform has accepted us: the channel works.
    Works,
    /// The connection is of no more use.
    Ends(Ending),
}

/// How a connection ended, and so what comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Connect again.
    Again {
        /// Why it ended.
        why: String,
        /// Where listening stands, where that is not behind the last update.
        cursor: Option<String>,
        /// Not before this long.
        after: Duration,
    },
    /// The platform does not take the credential any more: its owner has to act.
    Expired {
        /// What it said.
        what: String,
    },
    /// Its owner has to act at the platform; it may work again by itself then.
    Stuck {
        /// What to do.
        what: String,
    },
}

impl Ending {
    /// To be connected again from where one is.
    pub fn again(why: impl Into<String>) -> Self {
        Ending::Again {
            why: why.into(),
            cursor: None,
            after: Duration::ZERO,
        }
    }
}
