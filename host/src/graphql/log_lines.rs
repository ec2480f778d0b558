//! Lines of agents' logs.

use async_graphql::{ID, Object};
use store::agent_log::LogLine;

use super::scalars::{Json, Time};

/// What an agent's module said to its owner, or the host of it.
pub(super) struct LogLineNode(pub(super) LogLine);

#[Object(name = "LogLine")]
impl LogLineNode {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The turn that wrote it.
    async fn turn_id(&self) -> Option<ID> {
        self.0.turn_id.map(|id| id.to_string().into())
    }

    /// How grave it is.
    async fn level(&self) -> &str {
        &self.0.level
    }

    /// What it says.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// Named values beside the message.
    async fn fields(&self) -> Option<Json> {
        self.0.fields.clone().map(Json)
    }

    /// When it was written.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}
