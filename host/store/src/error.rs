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
    /// A value is refused by a check, a reference or a not-null column: the caller let something through.
    #[error("the database refused a value ({constraint}): {message}")]
    Refused {
        /// The check, the foreign key or the column.
        constraint: String,
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
                        message: info.message().to_owned(),
                    }
                }
                SerializationFailure => StoreError::Retry(error),
                _ if tells_of_a_nul(info.message()) => StoreError::Refused {
                    constraint: "text".to_owned(),
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

/// In `text` and in `jsonb`; see [`crate::text`].
fn tells_of_a_nul(message: &str) -> bool {
    message.starts_with("invalid byte sequence") || message == "unsupported Unicode escape sequence"
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
