//! `cloister agent push`: builds the project of an agent, uploads what came out, and says how to talk to it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::Failure;
use crate::cli::client::{Client, Remote};

/// Build the agent in this folder, upload it and start it
#[derive(Args)]
pub(crate) struct Push {
    /// Folder of the agent's project
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
    /// The agent's name, in place of the one in cloister.toml
    #[arg(long)]
    name: Option<String>,
    /// A WebAssembly file to upload, in place of building one
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// A webhook channel on which the agent is to answer from now on; for a new agent, the host's first channel
    #[arg(long, value_name = "CHANNEL")]
    answer_on: Option<String>,
    /// Leave every channel as it is, for a new agent as well
    #[arg(long, conflicts_with = "answer_on")]
    leave_channels: bool,
    #[command(flatten)]
    remote: Remote,
}

/// `cloister.toml`, of which this command reads the name.
#[derive(Deserialize)]
struct Project {
    name: String,
}

impl Push {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let name = match &self.name {
            Some(name) => name.clone(),
            None => project_name(&self.folder)?,
        };
        let client = self.remote.client()?;
        let file = match &self.file {
            Some(file) => file.clone(),
            None => build(&self.folder)?,
        };
        let module = std::fs::read(&file).map_err(|error| {
            Failure::unacceptable(format!("cannot read {}: {error}", file.display()))
        })?;
        let size = module.len();
        let pushed = client
            .put(&format!("/api/agents/{name}/module"), module)
            .await?
            .good()?;
        tell(&pushed, size);
        let channel = self.channel(&client, &pushed);
        if let Some(channel) = &channel {
            let path = format!("/api/channels/{channel}");
            client.patch(&path, &json!({ "agent": name })).await?;
            say!("It answers on {channel} now.");
        }
        tell_next(&client, &name, channel.as_deref());
        Ok(())
    }

    /// On which channel the agent is to answer from now on. A new agent takes over the channel that every host has to
    /// begin with, so that the first message reaches it.
    fn channel(&self, client: &Client, pushed: &Value) -> Option<String> {
        let new = pushed
            .get("created")
            .and_then(Value::as_bool)
            .unwrap_or_default();
        match &self.answer_on {
            Some(channel) => Some(channel.clone()),
            None if new && !self.leave_channels => client.first_channel().map(|(id, _)| id),
            None => None,
        }
    }
}

fn project_name(folder: &Path) -> Result<String, Failure> {
    let path = folder.join("cloister.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let hint = "run this in an agent's folder, or make one with `cloister agent new NAME`";
        Failure::unacceptable(format!("cannot read {}: {error}; {hint}", path.display()))
    })?;
    let project: Project = toml::from_str(&text).map_err(|error| {
        Failure::unacceptable(format!("{}: {}", path.display(), error.message()))
    })?;
    Ok(project.name)
}

/// Runs the project's own build script, whose last line names the file.
fn build(folder: &Path) -> Result<PathBuf, Failure> {
    let script = folder.join("build");
    let script = script.canonicalize().map_err(|error| {
        Failure::unacceptable(format!(
            "{}: {error}; or name a built file with --file",
            script.display()
        ))
    })?;
    let output = Command::new(&script)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| {
            Failure::unacceptable(format!("cannot run {}: {error}", script.display()))
        })?;
    if !output.status.success() {
        return Err(Failure::unacceptable("the agent was not built, see above"));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    match said.lines().last().map(str::trim) {
        Some(file) if !file.is_empty() => Ok(folder.join(file)),
        _ => Err(Failure::unacceptable(format!(
            "{} did not say what it built",
            script.display()
        ))),
    }
}

fn tell(pushed: &Value, size: usize) {
    let text = |place: &str| {
        pushed
            .pointer(place)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let is = |place: &str| {
        pushed
            .pointer(place)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    };
    let (name, module) = (text("/agent/name"), text("/agent/module"));
    let module = module.get(..12).unwrap_or(module);
    let what = match (is("/created"), is("/changed")) {
        (true, _) => "is new and runs",
        (false, true) => "runs the new module",
        (false, false) => "ran this module already, and goes on",
    };
    say!(
        "Agent `{name}` {what}: {module}, {} KiB.",
        size.div_ceil(1024)
    );
}

/// How to talk to it: ready to paste where the host's data folder is at hand.
fn tell_next(client: &Client, name: &str, channel: Option<&str>) {
    let url = client.url();
    let first = client.first_channel();
    let (id, key) = match (channel, &first) {
        (Some(channel), Some((id, key))) if channel == id => (channel, key.as_str()),
        (Some(channel), _) => (channel, "<the channel's key>"),
        (None, Some((id, key))) => (id.as_str(), key.as_str()),
        (None, None) => ("<a webhook channel>", "<its key>"),
    };
    say!("Say something to `{name}`:");
    say!("  curl {url}/api/channels/{id}/inbound \\");
    say!("    -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\");
    say!("    -d '{{\"externalUserId\": \"me\", \"message\": \"good morning\"}}'");
    say!("See what it did:  cloister agent log {name}    cloister turn list {name}");
}
