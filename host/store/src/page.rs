//! A page is a stretch of a list, asked for by the key of the row that it follows: never by a number, which would shift
//! while rows come and go.

use chrono::{DateTime, Utc};

/// A point in time, as rows have it.
pub type Time = DateTime<Utc>;

/// A time after every one that a row has.
pub(crate) fn far() -> Time {
    // The year 2286: ten digits of seconds.
    DateTime::from_timestamp(9_999_999_999, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

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

/// A stretch of a list between two keys, from either end: what a page forwards or backwards is cut from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stretch<Key> {
    /// What follows this row, in the order of the list.
    pub after: Option<Key>,
    /// What precedes this row, in the order of the list.
    pub before: Option<Key>,
    /// The most rows to get; the caller has bounded it.
    pub limit: u32,
    /// Whether they are counted from the end of the stretch.
    pub from_end: bool,
}

impl<Key> Stretch<Key> {
    /// The first rows of a list.
    pub const fn first(limit: u32) -> Self {
        Self {
            after: None,
            before: None,
            limit,
            from_end: false,
        }
    }
}

/// How a list is ordered by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The lowest first: the oldest, where keys grow with time.
    Up,
    /// The highest first: the newest.
    Down,
}

/// Rows of a stretch in the order of their list, and whether there are more.
#[derive(Clone, Debug)]
pub struct Listed<Row> {
    /// The rows.
    pub rows: Vec<Row>,
    /// Whether rows precede them.
    pub has_previous: bool,
    /// Whether rows follow them.
    pub has_next: bool,
}

impl<Row> Listed<Row> {
    /// Rows of a stretch, sorted by `key`, of which one more than the limit was read.
    pub(crate) fn cut<Key: Ord>(
        mut rows: Vec<Row>,
        stretch: &Stretch<Key>,
        order: Order,
        key: impl Fn(&Row) -> Key,
    ) -> Self {
        rows.sort_by(|one, other| match order {
            Order::Up => key(one).cmp(&key(other)),
            Order::Down => key(other).cmp(&key(one)),
        });
        let limit = stretch.limit as usize;
        let has_more = rows.len() > limit;
        if stretch.from_end {
            rows.drain(..rows.len().saturating_sub(limit));
        } else {
            rows.truncate(limit);
        }
        Self {
            rows,
            has_previous: if stretch.from_end {
                has_more
            } else {
                stretch.after.is_some()
            },
            has_next: if stretch.from_end {
                stretch.before.is_some()
            } else {
                has_more
            },
        }
    }

    /// The same places with other rows.
    pub fn map<Other>(self, change: impl FnMut(Row) -> Other) -> Listed<Other> {
        Listed {
            rows: self.rows.into_iter().map(change).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }
}

impl<Row> Default for Listed<Row> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            has_previous: false,
            has_next: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(read: &[i64], stretch: &Stretch<i64>, order: Order) -> (Vec<i64>, bool, bool) {
        let listed = Listed::cut(read.to_vec(), stretch, order, |row| *row);
        (listed.rows, listed.has_previous, listed.has_next)
    }

    #[test]
    fn one_more_than_asked_for_says_that_there_is_more() {
        let first = Stretch::first(2);
        assert_eq!(
            cut(&[1, 2, 3], &first, Order::Up),
            (vec![1, 2], false, true)
        );
        assert_eq!(
            cut(&[9, 8], &first, Order::Down),
            (vec![9, 8], false, false)
        );
        let next = Stretch {
            after: Some(2),
            ..Stretch::first(2)
        };
        assert_eq!(cut(&[3], &next, Order::Up), (vec![3], true, false));
    }

    #[test]
    fn from_the_end_the_order_of_the_list_stays() {
        let last = Stretch {
            from_end: true,
            ..Stretch::first(2)
        };
        assert_eq!(cut(&[9, 8, 7], &last, Order::Up), (vec![8, 9], true, false));
        let before = Stretch {
            before: Some(7),
            ..last
        };
        assert_eq!(
            cut(&[8, 9], &before, Order::Down),
            (vec![9, 8], false, true)
        );
    }
}
