//! Places among the running turns.

use store::ids::AgentId;
use uuid::Uuid;

use super::Runner;

/// A place among the running turns.
pub(super) struct Place {
    pub runner: Runner,
    pub agent: AgentId,
    /// What its turn holds.
    pub conversation: Option<Uuid>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.runner.fair().over(self.agent);
        if let Some(conversation) = self.conversation {
            self.runner.inner.held.remove(conversation);
        }
        self.runner.pump();
    }
}
