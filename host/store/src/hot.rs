//! A hot statement is SQL written by hand that runs for every message, and that each connection prepares once.
//!
//! Diesel's own `sql_query` is prepared anew each time it runs, a round trip more. A statement made here is kept in
//! the connection's cache by its text, which is why the text must be a constant.
//!
//! ```no_run
//! use diesel::sql_types::{Array, BigInt, Binary, Jsonb, Nullable, Text, Timestamptz, Uuid};
//! use diesel::QueryableByName;
//! use diesel_async::RunQueryDsl;
//! use store::ids::AgentId;
//!
//! // The plan, and why it is one statement, belong in a comment here.
//! const STOP: &str = "
//!     UPDATE agents SET status = 'stopped', status_reason = given.reason
//!     FROM unnest($1, $2) AS given (id, reason)
//!     WHERE agents.id = given.id
//!     RETURNING agents.id, agents.version";
//!
//! #[derive(QueryableByName)]
//! struct Stopped {
//!     #[diesel(sql_type = Uuid)]
//!     id: AgentId,
//!     #[diesel(sql_type = BigInt)]
//!     version: i64,
//! }
//!
//! # async fn stop(store: &store::Store, ids: Vec<AgentId>, reasons: Vec<Option<String>>) -> Result<(), store::StoreError> {
//! let mut connection = store.connection().await?;
//! let stopped: Vec<Stopped> = store::hot::statement(STOP)
//!     .bind::<Array<Uuid>, _>(ids)                    // $1
//!     .bind::<Array<Nullable<Text>>, _>(reasons)      // $2
//!     .load(&mut connection)
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! - The text is sent as it stands. Binds are numbered in the order of the calls: the first is `$1`.
//! - Every bind's type goes to the server with the text, so `unnest($1)` needs no cast.
//! - `load`, `get_result` (a missing row is `NotFound`), `execute` and a `&AsyncPgConnection` for pipelining work as
//!   for any diesel query. Rows derive `QueryableByName`; ids of [`crate::ids`] go in and out as `Uuid`.
//! - Values may be owned or borrowed: `&[AgentId]`, `&str`, `Option<DateTime<Utc>>`, `Vec<Vec<u8>>` as `Array<Binary>`,
//!   `Vec<serde_json::Value>` as `Array<Jsonb>`.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};

/// A statement whose text is `sql`.
pub const fn statement(sql: &'static str) -> Statement {
    Statement { sql }
}

/// See [`statement`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a statement does nothing until it is loaded or executed"]
pub struct Statement {
    sql: &'static str,
}

/// A statement with one value more, which goes to the server as `SqlType`.
#[derive(Clone, Copy, Debug)]
#[must_use = "a statement does nothing until it is loaded or executed"]
pub struct Bound<Before, SqlType, Value> {
    before: Before,
    value: Value,
    sql_type: PhantomData<fn() -> SqlType>,
}

impl Statement {
    /// Gives `$1` its value.
    pub fn bind<SqlType, Value>(self, value: Value) -> Bound<Self, SqlType, Value> {
        Bound {
            before: self,
            value,
            sql_type: PhantomData,
        }
    }
}

impl<Before, PreviousType, PreviousValue> Bound<Before, PreviousType, PreviousValue> {
    /// Gives the next parameter its value.
    pub fn bind<SqlType, Value>(self, value: Value) -> Bound<Self, SqlType, Value> {
        Bound {
            before: self,
            value,
            sql_type: PhantomData,
        }
    }
}

// Without a static id the cache's key is the text with the types of its binds, and nothing here calls
// `unsafe_to_cache_prepared`.
impl QueryId for Statement {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement {
    type SqlType = Untyped;
}

impl QueryFragment<Pg> for Statement {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql(self.sql);
        Ok(())
    }
}

impl<Before, SqlType, Value> QueryId for Bound<Before, SqlType, Value> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Before, SqlType, Value> Query for Bound<Before, SqlType, Value> {
    type SqlType = Untyped;
}

impl<Before, SqlType, Value> QueryFragment<Pg> for Bound<Before, SqlType, Value>
where
    Before: QueryFragment<Pg>,
    Pg: HasSqlType<SqlType>,
    Value: ToSql<SqlType, Pg>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.before.walk_ast(pass.reborrow())?;
        pass.push_bind_param_value_only::<SqlType, Value>(&self.value)
    }
}
