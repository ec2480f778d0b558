//! The host under load: the release binary on an embedded Postgres with everything at its defaults.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::http::Connection;

/// A running host.
pub(crate) struct Host {
    binary: PathBuf,
    data: PathBuf,
    /// What its environment has beside the usual.
    more: Vec<(&'static str, String)>,
    child: Child,
    /// `127.0.0.1:port`
    pub(crate) address: String,
    /// The way to the built-in echo.
    pub(crate) echo: Channel,
    /// How long the last start took, from the start of the process to the first good `/readyz`.
    pub(crate) started_in: Duration,
}

/// A webhook channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) key: String,
}

/// Lets the user of the embedded Postgres through, where this runs as root.
pub(crate) fn open(folder: &Path) -> Result<()> {
    Ok(std::fs::set_permissions(
        folder,
        Permissions::from_mode(0o711),
    )?)
}

impl Host {
    /// Starts one and waits until it is ready.
    pub(crate) async fn start(binary: &Path, data: PathBuf) -> Result<Host> {
        Host::start_with(binary, data, Vec::new()).await
    }

    /// The same with more in its environment.
    pub(crate) async fn start_with(
        binary: &Path,
        data: PathBuf,
        more: Vec<(&'static str, String)>,
    ) -> Result<Host> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let address = format!("127.0.0.1:{port}");
        let (child, started_in) = launch(binary, &data, &address, &more).await?;
        Ok(Host {
            binary: binary.to_owned(),
            data,
            more,
            child,
            address,
            echo: Channel::default(),
            started_in,
        })
    }

    /// Makes the channel that the load goes through.
    pub(crate) async fn prepare(&mut self) -> Result<()> {
        self.echo = self.channel("echo").await?;
        Ok(())
    }

    /// A webhook channel with an agent behind it.
    pub(crate) async fn channel(&self, agent: &str) -> Result<Channel> {
        // Most benchmarks deliver nothing: each reply is in its answer.
        self.channel_to(agent, "https://callback.invalid/").await
    }

    /// The same with an address to deliver to.
    pub(crate) async fn channel_to(&self, agent: &str, callback: &str) -> Result<Channel> {
        let body = json!({
            "name": agent, "platform": "bench", "callbackUrl": callback, "agentName": agent
        });
        let made = self
            .tell("POST", "/api/channels", body.to_string().as_bytes())
            .await?;
        let text = |name: &str| {
            made.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Ok(Channel {
            id: text("id"),
            key: text("apiKey"),
        })
    }

    /// Uploads a module for an agent.
    pub(crate) async fn push(&self, agent: &str, module: &[u8]) -> Result<()> {
        self.tell("PUT", &format!("/api/agents/{agent}/module"), module)
            .await
            .map(drop)
    }

    /// The ids of its conversations that were made last.
    pub(crate) async fn conversations(
        &self,
        channel: &Channel,
        count: usize,
    ) -> Result<Vec<String>> {
        let query = "query($id: ID!, $first: Int!) { channel(id: $id) { conversations(first: $first) { nodes { id } } } }";
        let body = json!({ "query": query, "variables": { "id": channel.id, "first": count } });
        let answer = self
            .tell("POST", "/graphql", body.to_string().as_bytes())
            .await?;
        let nodes = answer.pointer("/data/channel/conversations/nodes");
        let nodes = nodes.and_then(Value::as_array);
        let ids = nodes.with_context(|| answer.to_string())?.iter();
        let ids = ids.filter_map(|node| node.get("id")?.as_str());
        Ok(ids.map(str::to_owned).collect())
    }

    /// The owner's token.
    pub(crate) fn token(&self) -> Result<String> {
        let token =
            std::fs::read_to_string(self.data.join("owner-token")).context("the owner's token")?;
        Ok(token.trim().to_owned())
    }

    /// Sends a request as the owner, and reads its answer.
    pub(crate) async fn tell(&self, method: &str, path: &str, body: &[u8]) -> Result<Value> {
        let token = self.token()?;
        let mut connection = Connection::open(&self.address).await?;
        let (status, answer) = connection.send(method, path, &token, body).await?;
        ensure!(
            (200..300).contains(&status),
            "{method} {path}: {status} {}",
            String::from_utf8_lossy(&answer)
        );
        Ok(serde_json::from_slice(&answer).unwrap_or(Value::Null))
    }

    /// The statements that it has sent so far.
    pub(crate) async fn statements(&self) -> Result<u64> {
        let mut connection = Connection::open(&self.address).await?;
        let (_, answer) = connection.send("GET", "/metrics", "", b"").await?;
        let text = String::from_utf8(answer)?;
        let counted = text
            .lines()
            .find_map(|line| line.strip_prefix("cloister_database_statements_total "));
        Ok(counted.context("no count of statements")?.trim().parse()?)
    }

    /// The folder of the socket of its Postgres.
    pub(crate) fn socket(&self) -> Result<String> {
        let text = std::fs::read_to_string(self.data.join("postgres/postmaster.pid"))?;
        text.lines()
            .nth(4)
            .map(|line| line.trim().to_owned())
            .context("no socket in postmaster.pid")
    }

    /// Resident memory of the process in bytes, without what belongs to Postgres.
    pub(crate) fn resident(&self) -> Result<u64> {
        let id = self.child.id().context("the host has ended")?;
        let text = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kilobytes * 1_024)
    }

    /// How long the process has kept a core busy so far, without what belongs to Postgres.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        let id = self.child.id().context("the host has ended")?;
        let text = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        // Its name may have anything in it but is in brackets; `utime` and `stime` are the twelfth and thirteenth behind it.
        let (_, rest) = text.rsplit_once(')').context("no name")?;
        let fields = rest.split_whitespace().skip(11).take(2);
        let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
        // Linux counts them in hundredths of a second, whatever it was built with.
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Stops it and starts it again on the same data.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        self.end().await?;
        let launched = launch(&self.binary, &self.data, &self.address, &self.more);
        (self.child, self.started_in) = launched.await?;
        Ok(())
    }

    /// Stops it.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.end().await
    }

    async fn end(&mut self) -> Result<()> {
        let id = self.child.id().context("the host has ended")?;
        let asked = Command::new("kill").arg(id.to_string()).status().await?;
        ensure!(asked.success(), "the host could not be asked to stop");
        let status = self.child.wait().await?;
        ensure!(status.success(), "the host stopped with {status}");
        Ok(())
    }
}

async fn launch(
    binary: &Path,
    data: &Path,
    address: &str,
    more: &[(&'static str, String)],
) -> Result<(Child, Duration)> {
    let said = std::fs::File::options()
        .create(true)
        .append(true)
        .open(data.with_extension("log"))?;
    let mut command = Command::new(binary);
    command
        .arg("serve")
        .env("CLOISTER_LISTEN", address)
        .env("CLOISTER_DATA_DIR", data)
        .env("CLOISTER_ALLOW_PRIVATE_HOSTS", "127.0.0.1")
        .env("CLOISTER_LOG", "warn")
        .envs(more.iter().map(|(name, value)| (name, value)));
    command
        .stdin(Stdio::null())
        .stdout(said.try_clone()?)
        .stderr(said)
        .kill_on_drop(true);
    let begun = Instant::now();
    let mut child = command.spawn()?;
    while begun.elapsed() < Duration::from_secs(60) {
        if is_ready(address).await {
            return Ok((child, begun.elapsed()));
        }
        if let Some(status) = child.try_wait()? {
            bail!(
                "the host ended with {status}: see {}",
                data.with_extension("log").display()
            );
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    bail!("the host is not ready after a minute");
}

async fn is_ready(address: &str) -> bool {
    let Ok(mut connection) = Connection::open(address).await else {
        return false;
    };
    connection
        .send("GET", "/readyz", "", b"")
        .await
        .is_ok_and(|(status, _)| status == 200)
}
