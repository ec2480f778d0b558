//! `cloister agent start`, `stop` and `restart`

use clap::Args;
use serde_json::Value;

use crate::cli::Failure;
use crate::cli::client::Remote;

/// Which agent
#[derive(Args)]
pub(crate) struct Named {
    /// The agent's name or id
    name: String,
    #[command(flatten)]
    remote: Remote,
}

impl Named {
    pub(super) async fn run(self, what: &str) -> Result<(), Failure> {
        let path = format!("/api/agents/{}/{what}", self.name);
        let agent = self.remote.client()?.post(&path).await?;
        let text = |name: &str| agent.get(name).and_then(Value::as_str).unwrap_or_default();
        say!("Agent `{}` is {}.", text("name"), text("status"));
        Ok(())
    }
}
