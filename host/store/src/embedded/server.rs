//! One run of the server program: started, waited for until it is ready, stopped.

use std::collections::VecDeque;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::account::{Account, SETPRIV};
use super::error::EmbeddedError;
use super::leftover::pid_file;
use super::programs::Programs;

/// Recovery after a crash replays at most `max_wal_size`, which slow disks take their time for.
const READY_WITHIN: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Fast shutdown has this long, the immediate one that follows it the next.
const STOP_WITHIN: Duration = Duration::from_secs(8);
const QUIT_WITHIN: Duration = Duration::from_secs(2);
/// Lines of the log that an error shows.
const REMEMBERED: usize = 20;

/// A server program that runs.
pub(super) struct Server {
    child: Child,
    log: Log,
    since: u64,
}

impl Server {
    /// Starts the program. The kernel sends it SIGINT, a fast shutdown, when the calling thread ends.
    pub(super) fn spawn(
        account: &Account,
        programs: &Programs,
        arguments: &[String],
    ) -> Result<Server, EmbeddedError> {
        let program = programs.path("postgres");
        let since = now();
        let mut command = Command::from(account.command(&program, Some("INT")));
        command
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(EmbeddedError::program(Path::new(SETPRIV)))?;
        let log = Log::default();
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(log.clone().follow(stderr));
        }
        Ok(Server { child, log, since })
    }

    /// Waits until the server says, in its pid file, that it takes connections.
    pub(super) async fn ready(&mut self, cluster: &Path) -> Result<(), EmbeddedError> {
        let end = Instant::now() + READY_WITHIN;
        let number = self.child.id().map(|number| number.to_string());
        while Instant::now() < end {
            if is_ready(cluster, number.as_deref(), self.since) {
                return Ok(());
            }
            if let Ok(waited) = timeout(LOOK_EVERY, self.child.wait()).await {
                waited.map_err(EmbeddedError::program(Path::new("postgres")))?;
                // Its last words may still be on their way.
                sleep(LOOK_EVERY).await;
                return Err(EmbeddedError::Start {
                    output: self.log.text(),
                });
            }
        }
        self.stop().await;
        Err(EmbeddedError::Slow {
            limit: READY_WITHIN,
            output: self.log.text(),
        })
    }

    /// Waits for its end.
    pub(super) async fn wait(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// Fast shutdown: sessions are ended and a checkpoint is written. Then immediate, then the end.
    pub(super) async fn stop(&mut self) {
        for (signal, limit) in [(Signal::INT, STOP_WITHIN), (Signal::QUIT, QUIT_WITHIN)] {
            let Some(pid) = self
                .child
                .id()
                .and_then(|id| Pid::from_raw(id.cast_signed()))
            else {
                return;
            };
            let _ = kill_process(pid, signal);
            if timeout(limit, self.child.wait()).await.is_ok() {
                return;
            }
            tracing::warn!(?signal, ?limit, "Postgres did not stop in time");
        }
        let _ = self.child.kill().await;
    }
}

/// The first line of the file is the process's number, the third when it started, the eighth how far it is. The file
/// of an earlier server may have the same number, where numbers start again with a container.
fn is_ready(cluster: &Path, number: Option<&str>, since: u64) -> bool {
    let Ok(text) = std::fs::read_to_string(pid_file(cluster)) else {
        return false;
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let started: Option<u64> = lines.get(2).and_then(|seconds| seconds.parse().ok());
    lines.first().copied() == number && started >= Some(since) && lines.get(7) == Some(&"ready")
}

fn now() -> u64 {
    UNIX_EPOCH.elapsed().unwrap_or_default().as_secs()
}

/// What the server says: passed on to ours, the last lines kept for an error.
#[derive(Clone, Default)]
struct Log {
    last: Arc<Mutex<VecDeque<String>>>,
}

impl Log {
    async fn follow(self, from: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            pass_on(&line);
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.len() == REMEMBERED {
                last.pop_front();
            }
            last.push_back(line);
        }
    }

    fn text(&self) -> String {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn pass_on(line: &str) {
    let (severity, said) = line.split_once(':').unwrap_or(("", line));
    let said = said.trim();
    match severity {
        "PANIC" => tracing::error!(target: "postgres", "{said}"),
        "FATAL" if !is_usual(said) => tracing::warn!(target: "postgres", "{said}"),
        _ => tracing::debug!(target: "postgres", "{line}"),
    }
}

/// Fatal is what ends a session or a worker, and worth a word unless it is how they end when the server stops, or how
/// one is turned away while it starts.
fn is_usual(said: &str) -> bool {
    [
        "terminating ",
        "the database system is ",
        "connection to client lost",
    ]
    .iter()
    .any(|start| said.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::is_usual;

    #[test]
    fn a_start_and_a_stop_are_nothing_to_be_warned_of() {
        for said in [
            "terminating connection due to administrator command",
            "terminating autovacuum process due to administrator command",
            "terminating background worker \"logical replication launcher\" due to administrator command",
            "the database system is starting up",
            "the database system is not yet accepting connections",
            "the database system is shutting down",
        ] {
            assert!(is_usual(said), "{said}");
        }
        for said in [
            "could not write to file \"pg_wal/xlogtemp.7\": No space left on device",
            "data directory \"/d\" has invalid permissions",
        ] {
            assert!(!is_usual(said), "{said}");
        }
    }
}
