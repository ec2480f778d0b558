//! Looking: `projects` for an agent that uses the navigator's tools. It sees what whoever speaks to it may see, and moves nothing:
//! a conversation goes on elsewhere only together with the message that asks for it.

use async_trait::async_trait;
use sandbox::Projects;
use sandbox::types::{Error as Refusal, ErrorCode, Project as Told};

use super::desk::Desk;

pub(super) struct Looking(pub(super) Desk);

#[async_trait]
impl Projects for Looking {
    async fn entries(&self) -> Result<Vec<Told>, Refusal> {
        self.0.entries().await
    }

    async fn current(&self) -> Result<Option<Told>, Refusal> {
        self.0.current().await
    }

    async fn switch_to(&self, _: String) -> Result<Told, Refusal> {
        Err(unmoved())
    }

    async fn create(&self, _: String) -> Result<Told, Refusal> {
        Err(unmoved())
    }
}

fn unmoved() -> Refusal {
    Refusal {
        code: ErrorCode::Unsupported,
        message:
            "An agent moves no conversation: the person writes “switch to project …” themselves."
                .to_owned(),
    }
}
