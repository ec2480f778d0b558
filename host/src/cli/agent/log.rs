//! `cloister agent log`

use clap::Args;
use serde_json::Value;

use crate::cli::Failure;
use crate::cli::client::Remote;

/// Show what an agent logged
#[derive(Args)]
pub(crate) struct Log {
    /// The agent's name or id
    name: String,
    /// How many of the latest lines
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    lines: u32,
    #[command(flatten)]
    remote: Remote,
}

impl Log {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let path = format!("/api/agents/{}/log?limit={}", self.name, self.lines);
        let answer = self.remote.client()?.get(&path).await?;
        let lines = answer.get("lines").and_then(Value::as_array);
        // The host gives the newest first; people read downwards.
        for line in lines.into_iter().flatten().rev() {
            let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
            let fields = line
                .get("fields")
                .and_then(Value::as_object)
                .into_iter()
                .flatten();
            let fields: String = fields
                .map(|(name, value)| format!(" {name}={value}"))
                .collect();
            say!(
                "{} {:<5} {}{fields}",
                text("createdAt"),
                text("level"),
                text("message")
            );
        }
        Ok(())
    }
}
