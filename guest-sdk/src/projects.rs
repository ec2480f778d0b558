//! Projects: those of whoever speaks, and the one that the conversation goes on in. The host's own navigator alone holds
//! this.

use crate::Error;
use crate::port::{Calls, Port};

pub use crate::bindings::capabilities::cloister::agent::projects::Project;

/// Finds the way between projects.
pub struct Projects<'a> {
    port: &'a Port,
}

impl<'a> Projects<'a> {
    pub(crate) fn new(port: &'a Port) -> Projects<'a> {
        Projects { port }
    }

    /// Those that there are, oldest first, at most 1,000.
    pub fn entries(&self) -> Result<Vec<Project>, Error> {
        self.port.projects()
    }

    /// The one that the conversation goes on in, if any.
    pub fn current(&self) -> Result<Option<Project>, Error> {
        self.port.current_project()
    }

    /// Goes on in the project with this id.
    pub fn switch_to(&self, id: &str) -> Result<Project, Error> {
        self.port.switch_to_project(id)
    }

    /// Makes a project, at most one a call, and goes on in it.
    pub fn create(&self, name: &str) -> Result<Project, Error> {
        self.port.create_project(name)
    }
}
