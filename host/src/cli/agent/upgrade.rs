//! `cloister agent try`, `adopt`, `roll-back` and `versions`: a new module on some conversations, on all, on none.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::Failure;
use crate::cli::client::Remote;

const TRY: &str = "mutation ($input: TryAgentModuleInput!) {
    tryAgentModule(input: $input) { name trial { share module { digest } } }
}";
const ADOPT: &str = "mutation ($id: ID!) { adoptAgentModule(id: $id) { name module { digest } } }";
const ROLL_BACK: &str = "mutation ($id: ID!, $module: ID) {
    rollBackAgent(id: $id, module: $module) { name module { digest } }
}";
const VERSIONS: &str = "query ($name: String!, $days: Int!) {
    agent(name: $name) { versions(days: $days) { share turns failed lastTurnAt module { digest } } }
}";

/// Have another module answer in a share of an agent's conversations
#[derive(Args)]
pub(crate) struct Try {
    /// The agent's name or id
    name: String,
    /// A WebAssembly file
    #[arg(required_unless_present = "module", conflicts_with = "module")]
    file: Option<PathBuf>,
    /// A module that was uploaded before, by id or digest
    #[arg(long, value_name = "ID")]
    module: Option<String>,
    /// In so many of a hundred conversations; where it grows, those that were among them stay
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=99))]
    share: u8,
    #[command(flatten)]
    remote: Remote,
}

/// Have the module that is tried answer in all conversations
#[derive(Args)]
pub(crate) struct Adopt {
    /// The agent's name or id
    name: String,
    #[command(flatten)]
    remote: Remote,
}

/// End the trial of a module, or go back to the module of before
#[derive(Args)]
pub(crate) struct RollBack {
    /// The agent's name or id
    name: String,
    /// The module to go back to, by id or digest
    #[arg(long, value_name = "ID")]
    module: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

/// Show what an agent's turns did, by the module that ran them
#[derive(Args)]
pub(crate) struct Versions {
    /// The agent's name or id
    name: String,
    /// Of so many days back
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u8).range(1..=31))]
    days: u8,
    #[command(flatten)]
    remote: Remote,
}

impl Try {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let file = match &self.file {
            Some(file) => Some(std::fs::read(file).map_err(|error| {
                Failure::unacceptable(format!("cannot read {}: {error}", file.display()))
            })?),
            None => None,
        };
        let input =
            json!({ "agent": self.name, "module": self.module, "file": null, "share": self.share });
        let client = self.remote.client()?;
        let variables = json!({ "input": input });
        let data = client.query_with(TRY, variables, file.as_deref()).await?;
        let agent = data.get("tryAgentModule").unwrap_or(&Value::Null);
        say!(
            "Agent `{}` tries module {} in {} of 100 conversations.",
            text(agent, "/name"),
            short(agent, "/trial/module/digest"),
            number(agent, "/trial/share")
        );
        Ok(())
    }
}

impl Adopt {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let client = self.remote.client()?;
        let data = client.query(ADOPT, json!({ "id": self.name })).await?;
        runs(data.get("adoptAgentModule"));
        Ok(())
    }
}

impl RollBack {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let client = self.remote.client()?;
        let variables = json!({ "id": self.name, "module": self.module });
        let data = client.query(ROLL_BACK, variables).await?;
        runs(data.get("rollBackAgent"));
        Ok(())
    }
}

impl Versions {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let client = self.remote.client()?;
        let variables = json!({ "name": self.name, "days": self.days });
        let data = client.query(VERSIONS, variables).await?;
        let versions = data.pointer("/agent/versions").and_then(Value::as_array);
        say!("module        share     turns  failed last turn");
        for version in versions.into_iter().flatten() {
            say!(
                "{:<13} {:>4}% {:>9} {:>7} {}",
                short(version, "/module/digest"),
                number(version, "/share"),
                number(version, "/turns"),
                number(version, "/failed"),
                text(version, "/lastTurnAt")
            );
        }
        Ok(())
    }
}

fn runs(agent: Option<&Value>) {
    let agent = agent.unwrap_or(&Value::Null);
    say!(
        "Agent `{}` runs module {} in all conversations.",
        text(agent, "/name"),
        short(agent, "/module/digest")
    );
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or("-")
}

fn number(value: &Value, pointer: &str) -> i64 {
    let number = value.pointer(pointer).and_then(Value::as_i64);
    number.unwrap_or_default()
}

fn short<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let digest = text(value, pointer);
    digest.get(..12).unwrap_or(digest)
}
