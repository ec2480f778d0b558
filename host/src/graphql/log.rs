//! Agents' logs.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use store::agent_log::LogLine;

use super::loaders;
use super::resolve::library;
use super::scalars::{Json, Time};
use super::turns::TurnNode;

/// One line of an agent's log.
pub(super) struct LogLineNode(pub(super) Arc<LogLine>);

/// One line of an agent's log: what its module said to its owner, or what the host has to say of it.
#[Object(name = "LogLine", crate = "library")]
impl LogLineNode {
    /// Names it: `log_` and 32 hexadecimal digits.
    async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// How grave it is: `trace`, `debug`, `info`, `warn` or `error`.
    async fn level(&self) -> &str {
        &self.0.level
    }

    /// What it says.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// Named values beside the message: a JSON object.
    async fn fields(&self) -> Option<Json> {
        self.0.fields.clone().map(Json)
    }

    /// The turn that wrote it.
    async fn turn(&self, context: &Context<'_>) -> Result<Option<TurnNode>> {
        let turn = loaders::maybe(context, self.0.turn_id).await?;
        Ok(turn.map(TurnNode))
    }

    /// The id of that turn.
    async fn turn_id(&self) -> Option<ID> {
        self.0.turn_id.map(|id| id.public().into())
    }

    /// When.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}
