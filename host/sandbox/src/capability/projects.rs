//! `projects`: the projects of whoever speaks, and the one that the conversation goes on in.

use async_trait::async_trait;

use super::Answer;
use crate::bindings::imports;
use crate::guest::Guest;
use crate::types::{Error, Project};

/// Finding one's way between projects.
#[async_trait]
pub trait Projects: Send + Sync {
    /// Those that whoever speaks may see, oldest first.
    async fn entries(&self) -> Result<Vec<Project>, Error>;
    /// The one that the conversation goes on in.
    async fn current(&self) -> Result<Option<Project>, Error>;
    /// Goes on in another one.
    async fn switch_to(&self, id: String) -> Result<Project, Error>;
    /// Makes one, and goes on in it.
    async fn create(&self, name: String) -> Result<Project, Error>;
}

impl imports::projects::Host for Guest {
    async fn entries(&mut self) -> Answer<Vec<Project>> {
        let asked = self.asked("projects.entries", &());
        self.call(
            asked,
            |granted| granted.projects.as_deref(),
            |projects| projects.entries(),
        )
        .await
    }

    async fn current(&mut self) -> Answer<Option<Project>> {
        let asked = self.asked("projects.current", &());
        self.call(
            asked,
            |granted| granted.projects.as_deref(),
            |projects| projects.current(),
        )
        .await
    }

    async fn switch_to(&mut self, id: String) -> Answer<Project> {
        let asked = self.asked("projects.switch-to", &(&id,));
        self.call(
            asked,
            |granted| granted.projects.as_deref(),
            |projects| projects.switch_to(id),
        )
        .await
    }

    async fn create(&mut self, name: String) -> Answer<Project> {
        let asked = self.asked("projects.create", &(&name,));
        self.call(
            asked,
            |granted| granted.projects.as_deref(),
            |projects| projects.create(name),
        )
        .await
    }
}
