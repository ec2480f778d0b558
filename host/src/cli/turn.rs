//! `cloister turn list`, `cloister turn show` and `cloister turn replay`

mod replay;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::Remote;
use super::{Failure, wait};

const LIST: &str = "query ($agent: String!, $first: Int!) {
    turns(agent: $agent, first: $first) { nodes { id status errorCode queuedAt guestMicros } }
}";
const SHOW: &str = "query ($id: ID!) {
    turn(id: $id) {
        id conversationId messageId agentId status attempts module { digest } queuedAt startedAt finishedAt
        queueMillis guestMicros hostCalls memoryPeak errorCode error replies { text content }
    }
}";

/// See what an agent did, and why
#[derive(Subcommand)]
pub(super) enum Command {
    /// List the latest turns of an agent
    List(List),
    /// Show one turn with its trace
    Show(Show),
    /// Run turns again, on what their agent heard then; nothing comes of it
    Replay(replay::Replay),
}

/// List the latest turns of an agent
#[derive(Args)]
pub(super) struct List {
    /// The agent's name or id
    agent: String,
    /// How many
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    first: u32,
    #[command(flatten)]
    remote: Remote,
}

/// Show one turn with its trace
#[derive(Args)]
pub(super) struct Show {
    /// The turn's id
    id: String,
    #[command(flatten)]
    remote: Remote,
}

pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::List(list) => wait(list.run())?,
        Command::Show(show) => wait(show.run())?,
        Command::Replay(replay) => wait(replay.run())?,
    }
}

impl List {
    async fn run(self) -> Result<(), Failure> {
        let variables = json!({ "agent": self.agent, "first": self.first });
        let data = self.remote.client()?.query(LIST, variables).await?;
        let turns = data.pointer("/turns/nodes").and_then(Value::as_array);
        for turn in turns.into_iter().flatten() {
            let text = |name: &str| turn.get(name).and_then(Value::as_str).unwrap_or_default();
            let micros = turn.get("guestMicros").and_then(Value::as_i64);
            let micros = micros
                .map(|micros| format!("{micros} µs"))
                .unwrap_or_default();
            say!(
                "{} {} {:<7} {micros:>12} {}",
                text("queuedAt"),
                text("id"),
                text("status").to_lowercase(),
                text("errorCode")
            );
        }
        Ok(())
    }
}

impl Show {
    async fn run(self) -> Result<(), Failure> {
        let data = self
            .remote
            .client()?
            .query(SHOW, json!({ "id": self.id }))
            .await?;
        let Some(mut turn) = data.get("turn").and_then(Value::as_object).cloned() else {
            return Err(Failure::not_found(format!("Turn `{}` not found", self.id)));
        };
        let digest = turn.get("module").and_then(|module| module.get("digest"));
        let digest = digest.cloned().unwrap_or_default();
        turn.insert("module".to_owned(), digest);
        if let Some(Value::String(status)) = turn.get_mut("status") {
            *status = status.to_lowercase();
        }
        for (name, value) in turn
            .iter()
            .filter(|(name, value)| *name != "replies" && !value.is_null())
        {
            say!("{name:<15} {}", plain(value));
        }
        let replies = turn.get("replies").and_then(Value::as_array);
        for reply in replies.into_iter().flatten() {
            say!(
                "{:<15} {}",
                "reply",
                plain(reply.get("text").unwrap_or(&Value::Null))
            );
        }
        Ok(())
    }
}

/// Text without its quotes.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
