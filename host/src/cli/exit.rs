//! How a command fails: one line on standard error, and a code for scripts.

use std::process::ExitCode;

use crate::app::StartError;

/// Why a command did not do its work.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    told: String,
}

impl Failure {
    /// It failed.
    pub(super) fn failed(told: impl Into<String>) -> Self {
        Self::with(1, told)
    }

    /// A wrong word on the command line or in the environment.
    pub(super) fn wrong(told: impl Into<String>) -> Self {
        Self::with(2, told)
    }

    /// The host cannot be reached.
    pub(super) fn unreachable(told: impl Into<String>) -> Self {
        Self::with(3, told)
    }

    /// There is no token, or it is not enough.
    pub(super) fn refused(told: impl Into<String>) -> Self {
        Self::with(4, told)
    }

    /// It does not exist.
    pub(super) fn not_found(told: impl Into<String>) -> Self {
        Self::with(5, told)
    }

    /// The module or the project is not acceptable.
    pub(super) fn unacceptable(told: impl Into<String>) -> Self {
        Self::with(6, told)
    }

    fn with(code: u8, told: impl Into<String>) -> Self {
        Self {
            code,
            told: told.into(),
        }
    }

    /// Tells it, and how to exit.
    pub(super) fn tell(self) -> ExitCode {
        eprintln!("cloister: {}", self.told);
        ExitCode::from(self.code)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::failed(error.told())
    }
}
