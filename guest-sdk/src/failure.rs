//! A failure: why a handler or a tool could not do its work. The owner sees it, the contact gets an apology.
//!
//! What the host answers when it refuses a call is an [`Error`]; `?` turns it into a failure of the same kind.

use std::fmt::Display;

use crate::{Error, ErrorCode, Failure, FailureCode};

impl Failure {
    /// A failure that the same event would meet again.
    pub fn new(code: FailureCode, message: impl Display) -> Failure {
        Failure {
            code,
            message: message.to_string(),
            retryable: false,
            metadata: Vec::new(),
        }
    }

    /// What came in cannot be handled.
    pub fn invalid(message: impl Display) -> Failure {
        Failure::new(FailureCode::InvalidInput, message)
    }

    /// Something that was named does not exist.
    pub fn not_found(message: impl Display) -> Failure {
        Failure::new(FailureCode::NotFound, message)
    }

    /// Something outside did not answer; the host may try the event again.
    pub fn unavailable(message: impl Display) -> Failure {
        Failure {
            retryable: true,
            ..Failure::new(FailureCode::Unavailable, message)
        }
    }

    /// A mistake in the agent.
    ///
    /// ```
    /// # use cloister_guest::Failure;
    /// # fn count(stored: &str) -> Result<u64, Failure> {
    /// let count = stored.parse::<u64>().map_err(Failure::internal)?;
    /// # Ok(count) }
    /// # assert!(count("x").is_err());
    /// ```
    pub fn internal(message: impl Display) -> Failure {
        Failure::new(FailureCode::Internal, message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let code = match error.code {
            ErrorCode::Denied => FailureCode::Denied,
            ErrorCode::NotFound => FailureCode::NotFound,
            ErrorCode::Limit => FailureCode::Limit,
            ErrorCode::Unavailable => return Failure::unavailable(error.message),
            // A call that the host finds invalid is the agent's mistake, not that of who wrote to it.
            ErrorCode::Invalid | ErrorCode::Conflict | ErrorCode::Unsupported => {
                FailureCode::Internal
            }
            ErrorCode::Other => FailureCode::Other,
        };
        Failure::new(code, error.message)
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::new(FailureCode::Other, message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Failure {
        Failure::new(FailureCode::Other, message)
    }
}

#[cfg(feature = "json")]
impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        Failure::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: ErrorCode) -> Failure {
        let message = "no".to_owned();
        Failure::from(Error { code, message })
    }

    #[test]
    fn only_what_is_unavailable_may_be_tried_again() {
        assert!(refused(ErrorCode::Unavailable).retryable);
        assert!(!refused(ErrorCode::Limit).retryable);
        assert!(!Failure::invalid("no").retryable);
    }

    #[test]
    fn a_refusal_keeps_its_kind() {
        assert_eq!(refused(ErrorCode::Denied).code, FailureCode::Denied);
        assert_eq!(refused(ErrorCode::Invalid).code, FailureCode::Internal);
    }
}
