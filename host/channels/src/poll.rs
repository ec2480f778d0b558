//! Polling is asking a platform what was said since one last asked. Where one left off is the cursor: the driver's words,
//! which the host keeps together with what was said.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::callback::Event;
use crate::secret::Secret;

/// Where reading left off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The driver's own words.
    pub text: String,
    /// When it was last moved.
    pub moved_at: DateTime<Utc>,
}

/// What a poll brought, in order; perhaps nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Polled {
    /// Event by event.
    pub updates: Vec<Update>,
}

/// One event, and where reading goes on once it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// What happened.
    pub event: Event,
    /// The cursor behind it.
    pub cursor: String,
    /// The window that it opens, on platforms that are answered in windows. See [`crate::message::Window`].
    pub opens: Option<Opening>,
}

/// A chat that may be answered anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The platform's id of the chat.
    pub platform_chat_id: String,
    /// What the platform wants back with an answer.
    pub token: Secret<String>,
    /// When someone spoke, by the platform's clock.
    pub at: DateTime<Utc>,
}

/// Why a poll brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// Channels of this kind are not polled.
    #[error("this kind of channel is not polled")]
    Unsupported,
    /// The platform does not take the credential any more: its owner has to act.
    #[error("{what}")]
    Expired {
        /// What it said.
        what: String,
    },
    /// Something else reads this channel.
    #[error("{what}")]
    Taken {
        /// What it said.
        what: String,
    },
    /// Try again later.
    #[error("{what}")]
    Later {
        /// Not before this long, where the platform says so.
        after: Option<Duration>,
        /// What happened.
        what: String,
    },
}
