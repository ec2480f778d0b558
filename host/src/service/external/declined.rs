//! Why an external message is declined, in the cases that its document tells apart. Nothing of it was stored.

use store::projects::Project;

use super::context::Named;
use crate::error::Error;

/// Why an external message was not taken.
#[derive(Debug)]
pub enum Declined {
    /// No token is there that could have been shown.
    NotConfigured,
    /// Something is not there that has to be.
    Missing {
        /// Its name, as the document has it.
        what: &'static str,
    },
    /// No project has this id or name.
    NoProject {
        /// As it was asked for.
        reference: String,
        /// Those that there are.
        available: Vec<Named>,
    },
    /// More than one project has this name.
    AmbiguousProject {
        /// As it was asked for.
        reference: String,
        /// Those that there are.
        available: Vec<Named>,
    },
    /// The session has no project yet, and it is not clear which one it is about.
    WhichProject {
        /// Those that there are.
        available: Vec<Named>,
    },
    /// The project has no one who could answer.
    NoAgent {
        /// The project.
        project: Named,
    },
    /// The session has no such chat.
    NoChat {
        /// As it was asked for.
        reference: String,
    },
    /// The chat is one of another project.
    ChatElsewhere,
    /// Anything else.
    Error(Error),
}

impl From<Error> for Declined {
    fn from(error: Error) -> Self {
        Declined::Error(error)
    }
}

impl From<store::StoreError> for Declined {
    fn from(error: store::StoreError) -> Self {
        Declined::Error(error.into())
    }
}

/// Projects, as those who ask may name them.
pub(super) fn available(projects: &[Project]) -> Vec<Named> {
    projects.iter().map(Named::of).collect()
}
