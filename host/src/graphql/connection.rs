//! Connections: every list is one, as Relay's specification has them: a stretch of a list by the keys of its rows, forwards
//! with `first` and `after` or backwards with `last` and `before`. A cursor is the key of a row, opaque to its reader.

use async_graphql::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use store::files::FilePath;
use store::ids::{
    AccessCodeId, AgentId, AuditId, BusinessUnitId, ChannelId, ChatId, ContactId, ConversationId,
    InviteId, LogLineId, ProjectId, ProviderId, RepositoryId, ScheduleId, TeamId, TokenId,
    ToolCallId, ToolsetId, UserId, WorkflowId,
};
use store::modules::Place;
use store::page::{Listed, Stretch};
use store::turns::Moment;

use super::failure;
use super::page::{Cursor, Edge};
use crate::error::Error;

pub(super) use super::page::Nodes;

/// Rows of a page where nothing is said.
const USUAL: u32 = 50;
/// Rows of a page at most.
const MOST: u32 = 200;

/// What every list takes.
#[derive(Debug, Default)]
pub(super) struct Paging {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

impl Paging {
    /// The stretch that is asked for.
    pub(super) fn stretch<K: Key>(self) -> Result<Stretch<K>> {
        self.read().map_err(failure::told)
    }

    fn read<K: Key>(self) -> Result<Stretch<K>, Error> {
        let (limit, from_end) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                let why = "cannot be given beside `first`: a page is counted from one end";
                return Err(Error::invalid("last", why));
            }
            (Some(first), None) => (count("first", first)?, false),
            (None, Some(last)) => (count("last", last)?, true),
            (None, None) => (USUAL, false),
        };
        Ok(Stretch {
            after: self.after.map(|text| key("after", &text)).transpose()?,
            before: self.before.map(|text| key("before", &text)).transpose()?,
            limit,
            from_end,
        })
    }
}

fn count(argument: &str, number: i32) -> Result<u32, Error> {
    u32::try_from(number)
        .ok()
        .filter(|number| (1..=MOST).contains(number))
        .ok_or_else(|| Error::invalid(argument, format!("`{number}` is not between 1 and {MOST}")))
}

/// The key that a cursor of one's own argument has.
pub(super) fn after<K: Key>(argument: &str, cursor: &str) -> async_graphql::Result<K> {
    key(argument, cursor).map_err(failure::told)
}

/// A cursor, where no page has it.
pub(super) fn cursor<K: Key>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(key.write())
}

fn key<K: Key>(argument: &str, cursor: &str) -> Result<K, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| K::read(&text))
        .ok_or_else(|| Error::invalid(argument, format!("`{cursor}` is not a cursor of this list")))
}

/// What a page costs: what each of its rows does.
pub(super) fn cost(first: Option<i32>, last: Option<i32>, of_row: usize) -> usize {
    let rows = first
        .or(last)
        .map_or(USUAL, |rows| rows.clamp(1, 200).unsigned_abs());
    1 + rows as usize * of_row
}

/// A key as a cursor has it.
pub(super) trait Key: Sized {
    fn write(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

/// An id tells what it names, so that no cursor passes for one of another list.
macro_rules! ids {
    ($($id:ty),+) => {$(
        impl Key for $id {
            fn write(&self) -> String {
                self.public()
            }

            fn read(text: &str) -> Option<Self> {
                let named = text.starts_with(<$id>::PREFIX);
                named.then(|| text.parse().ok()).flatten()
            }
        }
    )+};
}

ids!(
    WorkflowId,
    ChatId,
    AccessCodeId,
    AgentId,
    ChannelId,
    ContactId,
    ConversationId,
    LogLineId,
    ProjectId,
    ProviderId,
    ScheduleId,
    RepositoryId,
    UserId,
    InviteId,
    BusinessUnitId,
    TeamId,
    TokenId,
    ToolsetId,
    ToolCallId,
    AuditId
);

impl Key for i64 {
    fn write(&self) -> String {
        format!("n_{self}")
    }

    fn read(text: &str) -> Option<Self> {
        text.strip_prefix("n_")?.parse().ok()
    }
}

/// What a platform calls someone.
impl Key for String {
    fn write(&self) -> String {
        format!("p_{self}")
    }

    fn read(text: &str) -> Option<Self> {
        let id = text.strip_prefix("p_")?;
        (!id.contains('\0')).then(|| id.to_owned())
    }
}

impl Key for FilePath {
    fn write(&self) -> String {
        format!("f_{self}")
    }

    fn read(text: &str) -> Option<Self> {
        FilePath::parse(text.strip_prefix("f_")?).ok()
    }
}

impl Key for Moment {
    fn write(&self) -> String {
        format!("{}_{}", self.queued_at.timestamp_micros(), self.id.public())
    }

    fn read(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('_')?;
        Some(Self {
            queued_at: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
            id: id.parse().ok()?,
        })
    }
}

impl Key for Place {
    fn write(&self) -> String {
        format!("{}_{}", self.created_at.timestamp_micros(), self.digest)
    }

    fn read(text: &str) -> Option<Self> {
        let (micros, digest) = text.split_once('_')?;
        Some(Self {
            created_at: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
            digest: digest.parse().ok()?,
        })
    }
}

/// A page of what was listed.
pub(super) fn nodes<Row, K: Key, Node>(
    listed: Listed<Row>,
    key: impl Fn(&Row) -> K,
    node: impl Fn(Row) -> Node,
) -> Nodes<Node> {
    let edge = |row| {
        let cursor = Cursor(key(&row).write());
        let node = node(row);
        Edge { cursor, node }
    };
    Nodes {
        edges: listed.rows.into_iter().map(edge).collect(),
        has_previous: listed.has_previous,
        has_next: listed.has_next,
    }
}

#[cfg(test)]
mod tests {
    use store::ids::TurnId;

    use super::*;

    #[test]
    fn a_cursor_reads_back_in_its_own_list_alone() {
        let id = AgentId::new();
        assert_eq!(key::<AgentId>("after", &cursor(&id)).unwrap(), id);
        assert_eq!(key::<i64>("after", &cursor(&-7_i64)).unwrap(), -7);
        let moment = Moment {
            queued_at: DateTime::from_timestamp_micros(1_763_680_000_123_456).unwrap(),
            id: TurnId::new(),
        };
        assert_eq!(key::<Moment>("after", &cursor(&moment)).unwrap(), moment);

        for wrong in [cursor(&id), "!".to_owned(), String::new()] {
            let error = key::<ChannelId>("before", &wrong).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("before: `{wrong}` is not a cursor of this list")
            );
        }
    }

    #[test]
    fn a_page_is_counted_from_one_end_and_bounded() {
        let paging = |first, last| {
            let paging = Paging {
                first,
                last,
                ..Paging::default()
            };
            paging
                .read::<i64>()
                .map(|stretch| (stretch.limit, stretch.from_end))
        };
        assert_eq!(paging(None, None).unwrap(), (50, false));
        assert_eq!(paging(Some(200), None).unwrap(), (200, false));
        assert_eq!(paging(None, Some(1)).unwrap(), (1, true));
        for (first, last) in [
            (Some(0), None),
            (None, Some(201)),
            (Some(-1), None),
            (Some(1), Some(1)),
        ] {
            assert_eq!(paging(first, last).unwrap_err().code(), "invalid");
        }
    }
}
