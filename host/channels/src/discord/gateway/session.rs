//! A session, in the words of a channel's cursor.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use crate::poll::Cursor;

/// How long a refusal of the intent is remembered: its owner may have switched it on since.
const REFUSED: TimeDelta = TimeDelta::minutes(10);

/// How far a session was heard; of one that is still to begin, what it may ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    /// The bot whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bot: Option<String>,
    /// Its id; empty where it is still to begin.
    #[serde(default)]
    pub id: String,
    /// Where it is resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<Url>,
    /// The last event that was heard.
    #[serde(default)]
    pub sequence: u64,
    /// Whether it is given the texts of what is said in servers.
    #[serde(default)]
    pub has_content: bool,
    /// Whether asking for them was refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_refused: bool,
    /// Of one that is still to begin: when the one before it was last heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
}

impl Session {
    /// One that is still to begin.
    pub(super) fn new(has_content: bool, since: Option<DateTime<Utc>>) -> Self {
        Self {
            has_content,
            since,
            ..Self::default()
        }
    }

    /// The same after the texts were refused.
    pub(super) fn without_content(since: Option<DateTime<Utc>>) -> Self {
        Self {
            is_refused: true,
            since,
            ..Self::default()
        }
    }

    /// Of a cursor; that of a bot that was here before says nothing of this one.
    pub(super) fn read(cursor: &Cursor, bot: Option<&str>) -> Option<Self> {
        let mut session: Self = serde_json::from_str(&cursor.text).ok()?;
        if session.bot.is_some() && bot.is_some() && session.bot.as_deref() != bot {
            return None;
        }
        session.is_refused = session.is_refused && Utc::now() - cursor.moved_at < REFUSED;
        session.since = session.since.or(Some(cursor.moved_at));
        Some(session)
    }

    /// As a cursor.
    pub(super) fn to_cursor(&self) -> String {
        json!(self).to_string()
    }

    /// Discord has accepted it.
    pub(super) fn begun(&mut self, id: String, url: Option<Url>, bot: Option<String>) {
        (self.id, self.url, self.bot, self.since) = (id, url, bot, None);
    }

    /// Whether there is something to go on with.
    pub(super) fn is_resumable(&self) -> bool {
        !self.id.is_empty() && self.url.is_some()
    }

    /// Where it is resumed.
    pub(super) fn address(&self) -> Option<Url> {
        self.url.clone().map(versioned)
    }

    /// Whether the texts were refused not long ago.
    pub(super) fn was_refused_content(&self) -> bool {
        self.is_refused
    }
}

/// The address with the version and the encoding that we speak ("Connecting").
pub(super) fn versioned(mut url: Url) -> Url {
    url.set_query(Some("v=10&encoding=json"));
    url
}
