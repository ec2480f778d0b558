//! An error is why a service did not do what it was asked, told by whose fault it is and free of any transport. This is
//! the one error type of the services; each way in (REST family, GraphQL, command line) maps it once, in its `failure`.

use std::error::Error as StdError;
use std::time::Duration;

use store::StoreError;
use uuid::Uuid;

/// What a service returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The cause below an error, kept for the log and never shown to a caller.
pub type Source = Box<dyn StdError + Send + Sync>;

/// Why a service did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller did not prove who they are.
    #[error("sign in, or send a token as `Authorization: Bearer …`")]
    Unauthenticated,
    /// The caller may not do this.
    #[error("you may not {what}")]
    Forbidden {
        /// What was tried, as the end of a sentence: `delete this channel`.
        what: String,
    },
    /// What was named does not exist, or the caller may not know that it does.
    #[error("{what} `{name}` not found")]
    NotFound {
        /// The noun, with a capital letter.
        what: &'static str,
        /// The name or id that was given.
        name: String,
    },
    /// A value is not acceptable.
    #[error("{field}: {why}")]
    Invalid {
        /// The field as the caller spelled it.
        field: String,
        /// What is wrong with it, and what would be right.
        why: String,
    },
    /// It does not fit with what exists.
    #[error("{what}: {why}")]
    Conflict {
        /// What it was about.
        what: String,
        /// What stands in the way.
        why: String,
    },
    /// More than is accepted.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// What was too large.
        what: &'static str,
        /// Bytes that are accepted.
        limit: u64,
    },
    /// Too often.
    #[error("too many requests; try again in {} s", retry_after.as_secs().max(1))]
    RateLimited {
        /// When it may be tried again.
        retry_after: Duration,
    },
    /// The module is not one that this host runs.
    #[error(transparent)]
    Refused(sandbox::Refusal),
    /// Something that is needed does not answer at the moment; trying again later may help.
    #[error("{what} is not available at the moment; try again later")]
    Unavailable {
        /// What does not answer.
        what: &'static str,
        /// Why.
        #[source]
        source: Source,
    },
    /// A defect, or a machine in a state that it should not be in. The caller is shown the id alone.
    #[error("something went wrong here; the log knows it as {id}")]
    Internal {
        /// What the caller is shown and the log has.
        id: Uuid,
        /// What happened.
        #[source]
        source: Source,
    },
}

impl Error {
    /// A defect with its cause.
    pub fn internal(source: impl Into<Source>) -> Self {
        Error::Internal {
            id: Uuid::now_v7(),
            source: source.into(),
        }
    }

    /// A value that is not acceptable.
    pub fn invalid(field: impl Into<String>, why: impl Into<String>) -> Self {
        Error::Invalid {
            field: field.into(),
            why: why.into(),
        }
    }

    /// Something that does not exist.
    pub fn not_found(what: &'static str, name: impl ToString) -> Self {
        Error::NotFound {
            what,
            name: name.to_string(),
        }
    }

    /// Something that does not fit with what exists.
    pub fn conflict(what: impl Into<String>, why: impl Into<String>) -> Self {
        Error::Conflict {
            what: what.into(),
            why: why.into(),
        }
    }

    /// The stable name of the variant, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Unauthenticated => "unauthenticated",
            Error::Forbidden { .. } => "forbidden",
            Error::NotFound { .. } => "not_found",
            Error::Invalid { .. } => "invalid",
            Error::Conflict { .. } => "conflict",
            Error::TooLarge { .. } => "too_large",
            Error::RateLimited { .. } => "rate_limited",
            Error::Refused(refusal) => refusal.code(),
            Error::Unavailable { .. } => "unavailable",
            Error::Internal { .. } => "internal",
        }
    }

    /// Writes what is the host's own fault to the log. Each way in calls it once, where it turns the error into an answer.
    pub fn report(&self, way_in: &'static str) {
        match self {
            Error::Internal { id, source } => {
                tracing::error!(way_in, %id, cause = chain(&**source), "a request failed through a defect");
            }
            Error::Unavailable { what, source } => {
                tracing::warn!(
                    way_in,
                    what,
                    cause = chain(&**source),
                    "a request failed for want of a service"
                );
            }
            _ => {}
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Retry(_) => Error::Unavailable {
                what: "the database",
                source: Box::new(error),
            },
            StoreError::Refused {
                constraint,
                column,
                message,
            } => {
                // What no service has looked at: for those who write them.
                tracing::warn!(constraint, message, "a value got as far as the database");
                let field = column.unwrap_or_else(|| "value".to_owned());
                let why = match constraint.ends_with("_fkey") {
                    true => "names something that does not exist",
                    false => "is not acceptable: too long, out of range or not of its form",
                };
                Error::invalid(field, why)
            }
            // A service that expects these says more: reaching here, they are defects.
            StoreError::Conflict { .. } | StoreError::NotFound | StoreError::Failed(_) => {
                Error::internal(error)
            }
        }
    }
}

/// An error and its causes on one line, each told once.
pub fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Many errors already end with what their cause says.
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_shows_its_id_and_not_its_cause() {
        let error = Error::internal("the password is hunter2");
        let Error::Internal { id, .. } = &error else {
            panic!("{error:?}");
        };
        assert!(error.to_string().contains(&id.to_string()));
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn an_absent_database_is_no_defect() {
        let error: Error = StoreError::Unavailable("connection refused".into()).into();
        assert_eq!(error.code(), "unavailable");
        assert!(!error.to_string().contains("connection refused"));
    }

    #[test]
    fn a_value_that_the_database_refuses_is_told_by_its_field() {
        let refused = |constraint: &str, column: Option<&str>| -> Error {
            StoreError::Refused {
                constraint: constraint.to_owned(),
                column: column.map(str::to_owned),
                message: "no".to_owned(),
            }
            .into()
        };
        let error = refused("projects_slug_check", Some("slug"));
        assert_eq!(error.code(), "invalid");
        assert!(error.to_string().starts_with("slug: is not acceptable"));
        let gone = refused("channels_organization_id_agent_id_fkey", Some("agent_id"));
        assert_eq!(
            gone.to_string(),
            "agent_id: names something that does not exist"
        );
        assert!(refused("type", None).to_string().starts_with("value: "));
    }

    #[test]
    fn a_chain_says_each_cause_once() {
        let error = StoreError::Unavailable("connection refused".into());
        assert_eq!(
            chain(&error),
            "the database is unavailable: connection refused"
        );
    }
}
