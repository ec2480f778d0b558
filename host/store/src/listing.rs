//! A listing is a list that every parent of a kind has, such as the agents of a project, read for many parents in one
//! statement: a stretch of each by its key, through the index that has parent and key.

use std::collections::HashMap;
use std::hash::Hash;

use crate::page::{Listed, Order, Stretch};

/// The two statements of a listing: along its key and against it. `$1` is the organization, `$2` the parents, `$3` and
/// `$4` the keys that the rows lie between, `$5` the most rows of each parent; what is more stands in its filter.
pub(crate) struct Listing {
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
    /// The order in which the list is shown.
    pub(crate) order: Order,
}

impl Listing {
    /// The statement for a stretch: rows are read from the end that they are counted from.
    pub(crate) fn text<Key>(&self, stretch: &Stretch<Key>) -> &'static str {
        match stretch.is_upwards(self.order) {
            true => self.up,
            false => self.down,
        }
    }

    /// The rows of each parent that has any.
    pub(crate) fn by_parent<Row, Parent: Hash + Eq, Key: Ord>(
        &self,
        rows: Vec<Row>,
        stretch: &Stretch<Key>,
        parent: impl Fn(&Row) -> Parent,
        key: impl Fn(&Row) -> Key,
    ) -> HashMap<Parent, Listed<Row>> {
        let mut parents: HashMap<Parent, Vec<Row>> = HashMap::new();
        for row in rows {
            parents.entry(parent(&row)).or_default().push(row);
        }
        let cut = |rows| Listed::cut(rows, stretch, self.order, &key);
        parents
            .into_iter()
            .map(|(parent, rows)| (parent, cut(rows)))
            .collect()
    }
}

impl<Key> Stretch<Key> {
    /// Whether its rows are read along the key: from the end that they are counted from.
    pub(crate) fn is_upwards(&self, order: Order) -> bool {
        (order == Order::Up) != self.from_end
    }
}

/// The keys that the rows of a stretch of a list in this order lie between.
pub(crate) fn bounds<Key: Bounded>(stretch: &Stretch<Key>, order: Order) -> (Key, Key) {
    let (low, high) = match order {
        Order::Up => (&stretch.after, &stretch.before),
        Order::Down => (&stretch.before, &stretch.after),
    };
    (
        low.clone().unwrap_or(Key::lowest()),
        high.clone().unwrap_or(Key::highest()),
    )
}

/// Keys with ends beyond every key that a row has, so that a plan made once finds the index for a stretch without ends.
pub(crate) trait Bounded: Clone {
    fn lowest() -> Self;
    fn highest() -> Self;
}

impl Bounded for i64 {
    fn lowest() -> Self {
        i64::MIN
    }

    fn highest() -> Self {
        i64::MAX
    }
}

/// Platforms' ids, in the order of their bytes. None begins with the last character that there is.
impl Bounded for String {
    fn lowest() -> Self {
        String::new()
    }

    fn highest() -> Self {
        char::MAX.to_string()
    }
}

/// The statements of a listing: of a table, by the column of the parent and that of the key, with a filter.
macro_rules! listing {
    ($order:ident, $table:literal, $parent:literal, $key:literal) => {
        listing!($order, $table, $parent, $key, "")
    };
    ($order:ident, $table:literal, $parent:literal, $key:literal, $filter:literal) => {
        $crate::listing::Listing {
            up: listing!(@text $table, $parent, $key, "", $filter),
            down: listing!(@text $table, $parent, $key, " DESC", $filter),
            order: $crate::page::Order::$order,
        }
    };
    (@text $table:literal, $parent:literal, $key:literal, $direction:literal, $filter:literal) => {
        concat!(
            "SELECT listed.* FROM unnest($2) AS given (parent) CROSS JOIN LATERAL (SELECT t.* FROM ", $table,
            " t WHERE t.organization_id = $1 AND t.", $parent, " = given.parent AND t.", $key, " > $3 AND t.", $key,
            " < $4", $filter, " ORDER BY t.", $key, $direction, " LIMIT $5) AS listed"
        )
    };
}

/// Reads a stretch of each parent's list: `read!(store, LISTING, owner, parents, stretch, KeyType; parent, key)`, with the
/// values of the filter after the key's type.
macro_rules! read {
    ($store:expr, $listing:expr, $owner:expr, $parents:expr, $stretch:expr, $key_type:ty $(, $type:ty = $value:expr)*; $parent:expr, $key:expr) => {{
        let (low, high) = $crate::listing::bounds($stretch, $listing.order);
        let statement = $crate::hot::statement($listing.text($stretch))
            .bind::<::diesel::sql_types::Uuid, _>($owner)
            .bind::<::diesel::sql_types::Array<::diesel::sql_types::Uuid>, _>($parents)
            .bind::<$key_type, _>(low)
            .bind::<$key_type, _>(high)
            .bind::<::diesel::sql_types::BigInt, _>(i64::from($stretch.limit) + 1)
            $(.bind::<$type, _>($value))*;
        let rows = statement.load(&mut $store.connection().await?).await?;
        Ok($listing.by_parent(rows, $stretch, $parent, $key))
    }};
}

/// Reads a stretch of one list: `along!(store, query, stretch, Up, table::key; key)`, of a query that has no order yet.
macro_rules! along {
    ($store:expr, $query:expr, $stretch:expr, $order:ident, $column:expr; $key:expr) => {{
        let order = $crate::page::Order::$order;
        let (low, high) = $crate::listing::bounds($stretch, order);
        let query = $query
            .filter($column.gt(low))
            .filter($column.lt(high))
            .limit(i64::from($stretch.limit) + 1);
        let mut connection = $store.connection().await?;
        let rows = match $stretch.is_upwards(order) {
            true => query.order($column.asc()).load(&mut connection).await?,
            false => query.order($column.desc()).load(&mut connection).await?,
        };
        Ok($crate::page::Listed::cut(rows, $stretch, order, $key))
    }};
}

pub(crate) use {along, listing, read};
