//! What can go wrong with the store, by what a caller can do about it.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::PoolError as ManagerError;
use diesel_async::pooled_connection::deadpool::PoolError;

/// The cause below a [`StoreError`], kept for the log.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or has no connection to spare. Trying again later may help.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] Source),
    /// The database gave this transaction up for another's sake (deadlock, serialization). Run it again at once.
    #[error("the transaction lost against another one: {0}")]
    Retry(#[source] DieselError),
    /// A row with the same key exists: `constraint` is the unique index that says so.
    #[error("a row with the same key exists already ({constraint})")]
    Conflict {
        /// The unique index.
        constraint: String,
    },
    /// A value is refused by a check, a reference, a not-null column or its type: the caller let something through.
    #[error("the database refused a value ({constraint}): {message}")]
    Refused {
        /// The check, the foreign key or the column.
        constraint: String,
        /// The column that the value was for, where the database tells.
        column: Option<String>,
        /// The database's own words.
        message: String,
    },
    /// The row is not there.
    #[error("not found")]
    NotFound,
    /// Everything else: a defect, or a database in a state that it should not be in.
    #[error("the database failed: {0}")]
    Failed(#[source] Source),
}

impl StoreError {
    /// A unique index said no, and it is this one.
    pub fn is_conflict_of(&self, index: &str) -> bool {
        matches!(self, StoreError::Conflict { constraint } if constraint == index)
    }

    /// A value was refused, and by this.
    pub fn is_refusal_of(&self, name: &str) -> bool {
        matches!(self, StoreError::Refused { constraint, .. } if constraint == name)
    }

    /// The same statement may succeed when it is run again.
    pub fn is_transient(&self) -> bool {
        matches!(self, StoreError::Unavailable(_) | StoreError::Retry(_))
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        use DatabaseErrorKind::*;
        match &error {
            DieselError::NotFound => StoreError::NotFound,
            DieselError::DatabaseError(kind, info) => match kind {
                UniqueViolation | ExclusionViolation => StoreError::Conflict {
                    constraint: constraint_of(&**info),
                },
                ForeignKeyViolation | CheckViolation | NotNullViolation | RestrictViolation => {
                    StoreError::Refused {
                        constraint: constraint_of(&**info),
                        column: column_of(&**info),
                        message: info.message().to_owned(),
                    }
                }
                SerializationFailure => StoreError::Retry(error),
                _ if tells_of_a_value(info.message()) => StoreError::Refused {
                    constraint: "type".to_owned(),
                    column: column_of(&**info),
                    message: info.message().to_owned(),
                },
                _ if info.message() == "deadlock detected" => StoreError::Retry(error),
                ClosedConnection | ReadOnlyTransaction => StoreError::Unavailable(Box::new(error)),
                _ if tells_of_absence(info.message()) => StoreError::Unavailable(Box::new(error)),
                _ => StoreError::Failed(Box::new(error)),
            },
            DieselError::BrokenTransactionManager => StoreError::Unavailable(Box::new(error)),
            _ => StoreError::Failed(Box::new(error)),
        }
    }
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(ManagerError::QueryError(error)) => error.into(),
            error => StoreError::Unavailable(Box::new(error)),
        }
    }
}

fn constraint_of(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> String {
    info.constraint_name()
        .or(info.column_name())
        .unwrap_or("unnamed")
        .to_owned()
}

/// The column by its own name, or in the name of its constraint, which Postgres makes of the table, the columns and the
/// kind: `channels_name_check`.
fn column_of(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<String> {
    if let Some(column) = info.column_name() {
        return Some(column.to_owned());
    }
    let name = info.constraint_name()?;
    let name = name.strip_prefix(info.table_name()?)?.strip_prefix('_')?;
    let columns = name
        .strip_suffix("_check")
        .or_else(|| name.strip_suffix("_fkey"))?;
    // In every reference, and never the caller's to choose.
    let column = columns.strip_prefix("organization_id_").unwrap_or(columns);
    (!column.is_empty()).then(|| column.to_owned())
}

/// Diesel has one kind for all that it does not know, and no code; what the server or the client says when the
/// connection is lost is told apart by its words. The server's are English where `lc_messages` is `C`, as it is with
/// the embedded one; elsewhere such an error is one of the server's own failures.
fn tells_of_absence(message: &str) -> bool {
    const SAID: [&str; 8] = [
        "connection closed",
        "channel closed",
        "error communicating with the server",
        "error connecting to server",
        "terminating connection",
        "canceling statement",
        "the database system is",
        "sorry, too many clients already",
    ];
    SAID.iter().any(|start| message.starts_with(start))
}

/// A value that is not of its column's type, or does not fit into it or into an index on it. Of a NUL the first two
/// speak, in `text` and in `jsonb`; see [`crate::text`].
fn tells_of_a_value(message: &str) -> bool {
    const SAID: [&str; 6] = [
        "invalid byte sequence",
        "unsupported Unicode escape sequence",
        "value too long",
        "value out of range",
        "index row size",
        "index row requires",
    ];
    SAID.iter().any(|start| message.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(message: &str) -> StoreError {
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned())).into()
    }

    #[test]
    fn a_lost_connection_is_told_apart_from_a_defect() {
        assert!(matches!(
            unknown("terminating connection due to administrator command"),
            StoreError::Unavailable(_)
        ));
        assert!(matches!(
            unknown("the database system is starting up"),
            StoreError::Unavailable(_)
        ));
        assert!(matches!(
            unknown("connection closed"),
            StoreError::Unavailable(_)
        ));
        assert!(matches!(unknown("deadlock detected"), StoreError::Retry(_)));
        assert!(matches!(
            unknown("syntax error at or near \"FORM\""),
            StoreError::Failed(_)
        ));
    }
}
