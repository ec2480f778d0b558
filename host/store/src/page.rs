//! A page is a stretch of a list, asked for by the key of the row that it follows: never by a number, which would shift
//! while rows come and go.

use chrono::{DateTime, Utc};

/// A point in time, as rows have it.
pub type Time = DateTime<Utc>;

/// Up to `limit` rows after the one with the key `after`, or from the start.
#[derive(Clone, Copy, Debug)]
pub struct Page<Key> {
    /// The last row that is known already.
    pub after: Option<Key>,
    /// The most rows to get; the caller has bounded it.
    pub limit: u32,
}

impl<Key> Page<Key> {
    /// The first page.
    pub const fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }

    /// The page that follows the row with this key.
    pub const fn after(key: Key, limit: u32) -> Self {
        Self {
            after: Some(key),
            limit,
        }
    }
}
