//! `cloister agent list`

use clap::Args;
use serde_json::Value;

use crate::cli::Failure;
use crate::cli::client::Remote;

/// List agents
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    remote: Remote,
}

impl List {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let answer = self.remote.client()?.get("/api/agents").await?;
        let agents = answer.get("agents").and_then(Value::as_array);
        for agent in agents.into_iter().flatten() {
            let text = |name: &str| agent.get(name).and_then(Value::as_str).unwrap_or("-");
            let module = text("module");
            let module = module.get(..12).unwrap_or(module);
            let reason = agent
                .get("statusReason")
                .and_then(Value::as_str)
                .unwrap_or_default();
            say!(
                "{:<24} {:<9} {module:<13} {reason}",
                text("name"),
                text("status")
            );
        }
        Ok(())
    }
}
