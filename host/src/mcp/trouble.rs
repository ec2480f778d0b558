//! What goes wrong with a server, told so that no address and no secret is in it.

use std::error::Error as StdError;

use rmcp::model::ErrorCode;
use rmcp::service::{ClientInitializeError, ServiceError};
use rmcp::transport::streamable_http_client::StreamableHttpError;

use crate::outgoing::{self, NoAnswer, Refused};
use crate::vault::Secret;

/// What stands where the server has said what it was asked with.
pub(super) const HIDDEN: &str = "[hidden]";
/// Characters of what a server says of its mistakes.
const WORDS: usize = 500;

/// Why there is no answer of a server. Each text goes on after the server's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It may not be asked, or it does not let itself be.
    #[error("{0}")]
    Refused(String),
    /// It cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// It says that there is no such tool.
    #[error("says: {0}")]
    NotFound(String),
    /// It says that the arguments are wrong.
    #[error("says: {0}")]
    Invalid(String),
    /// It says that it failed.
    #[error("says: {0}")]
    Failed(String),
    /// It answered with more than is read.
    #[error("{0}")]
    TooLong(String),
    /// It answered with what is no answer.
    #[error("{0}")]
    Malformed(String),
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        Trouble::Refused(format!("is not asked: {refused}"))
    }
}

type HttpError = StreamableHttpError<reqwest::Error>;

impl Trouble {
    pub(super) fn of_beginning(error: &ClientInitializeError) -> Self {
        match error {
            ClientInitializeError::JsonRpcError(error) => Trouble::Failed(short(&error.message)),
            ClientInitializeError::LegacyFallbackFailed { fallback, .. } => {
                Self::of_beginning(fallback)
            }
            ClientInitializeError::TransportError { error, .. } => {
                Self::of_transport(&*error.error)
            }
            ClientInitializeError::NoCompatibleProtocolVersion { .. } => {
                Trouble::Malformed("speaks no version of MCP that this host knows".to_owned())
            }
            ClientInitializeError::ConnectionClosed(_) => {
                Trouble::Malformed("ended the conversation before it began".to_owned())
            }
            _ => Trouble::Malformed("does not begin a conversation as MCP has it".to_owned()),
        }
    }

    pub(super) fn of(error: &ServiceError) -> Self {
        match error {
            ServiceError::McpError(error) => {
                let told = short(&error.message);
                match error.code {
                    ErrorCode::INVALID_PARAMS => Trouble::Invalid(told),
                    ErrorCode::METHOD_NOT_FOUND | ErrorCode::RESOURCE_NOT_FOUND => {
                        Trouble::NotFound(told)
                    }
                    _ => Trouble::Failed(told),
                }
            }
            ServiceError::TransportSend(error) => Self::of_transport(&*error.error),
            ServiceError::TransportClosed | ServiceError::Cancelled { .. } => {
                Trouble::Unreachable("ended the conversation".to_owned())
            }
            _ => Trouble::Malformed("answered with something else than what was asked".to_owned()),
        }
    }

    fn of_transport(error: &(dyn StdError + Send + Sync + 'static)) -> Self {
        let mut next: Option<&(dyn StdError + 'static)> = Some(error);
        let found = loop {
            match next {
                Some(error) => match error.downcast_ref::<HttpError>() {
                    Some(found) => break Some(found),
                    None => next = error.source(),
                },
                None => break None,
            }
        };
        let cause = match found {
            // It does not say that it is the source.
            Some(HttpError::Client(error)) => outgoing::no_answer_in(error),
            _ => outgoing::no_answer_in(error),
        };
        if let Some(no_answer) = cause {
            return Self::of_no_answer(no_answer);
        }
        match found {
            Some(HttpError::AuthRequired(_) | HttpError::InsufficientScope(_)) => {
                Self::of_status(401)
            }
            Some(HttpError::HttpStatus(status)) => Self::of_status(status.status),
            Some(HttpError::UnexpectedServerResponse(told)) => match status_in(told) {
                Some(status) => Self::of_status(status),
                None => Trouble::Malformed("answered with something that is no MCP".to_owned()),
            },
            Some(HttpError::ResponseBodyTooLarge { max_size }) => {
                Trouble::TooLong(format!("answered with more than {max_size} bytes"))
            }
            Some(HttpError::SessionExpired) => {
                Trouble::Unreachable("has forgotten the conversation".to_owned())
            }
            Some(HttpError::UnexpectedEndOfStream | HttpError::TransportChannelClosed) => {
                Trouble::Unreachable("broke off before its answer".to_owned())
            }
            _ => Trouble::Malformed("answered with something that is no MCP".to_owned()),
        }
    }

    fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Trouble::Refused(
                "wants to know who asks: an admin of the project gives it the right header"
                    .to_owned(),
            ),
            _ => Trouble::Unreachable(format!("answered with the status {status}")),
        }
    }

    fn of_no_answer(error: NoAnswer) -> Self {
        match error {
            NoAnswer::Refused(refused @ Refused::Unresolved { .. }) => {
                Trouble::Unreachable(format!("is not reached: {refused}"))
            }
            NoAnswer::Refused(refused) => refused.into(),
            error => Trouble::Unreachable(format!("is not reached: {error}")),
        }
    }

    /// The same without what the server was asked with, should it say that again.
    pub(super) fn without(self, hidden: Option<&Secret<String>>) -> Self {
        let Some(hidden) = hidden else { return self };
        let clean = |text: String| text.replace(hidden.expose(), HIDDEN);
        match self {
            Trouble::Refused(text) => Trouble::Refused(clean(text)),
            Trouble::Unreachable(text) => Trouble::Unreachable(clean(text)),
            Trouble::NotFound(text) => Trouble::NotFound(clean(text)),
            Trouble::Invalid(text) => Trouble::Invalid(clean(text)),
            Trouble::Failed(text) => Trouble::Failed(clean(text)),
            Trouble::TooLong(text) => Trouble::TooLong(clean(text)),
            Trouble::Malformed(text) => Trouble::Malformed(clean(text)),
        }
    }
}

/// The status that the library tells of in words alone: `HTTP 401 Unauthorized: …`.
fn status_in(told: &str) -> Option<u16> {
    told.strip_prefix("HTTP ")?.get(..3)?.parse().ok()
}

/// So much of what a server says that a secret in it is whole, or not there.
fn short(text: &str) -> String {
    match text.char_indices().nth(WORDS) {
        None => text.to_owned(),
        Some(_) => "a mistake that it tells at length".to_owned(),
    }
}
