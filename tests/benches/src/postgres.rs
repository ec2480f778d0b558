//! The reference of everything durable: `pgbench` with a one-row insert, each committed with fsync, on the very server
//! that the host uses.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// What pgbench saw.
pub(crate) struct Inserts {
    /// Transactions a second.
    pub(crate) rate: f64,
    /// The average.
    pub(crate) latency: Duration,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS bench_rows (id uuid PRIMARY KEY, said text, at timestamptz DEFAULT now())";
const INSERT: &str =
    "INSERT INTO bench_rows (id, said) VALUES (gen_random_uuid(), 'the quick brown fox');\n";

/// Has `clients` insert rows for as long as `time`.
pub(crate) fn inserts(socket: &str, clients: usize, time: Duration) -> Result<Inserts> {
    run(Command::new("psql").args(place(socket)).args([
        "-qc",
        "SET client_min_messages = warning",
        "-qc",
        TABLE,
    ]))?;
    let script = tempfile::NamedTempFile::new()?;
    std::fs::write(script.path(), INSERT)?;
    let mut bench = Command::new("pgbench");
    bench
        .args(place(socket))
        .args(["--no-vacuum", "--protocol=prepared", "--jobs"])
        .arg(clients.min(2).to_string());
    bench
        .arg("--client")
        .arg(clients.to_string())
        .arg("--time")
        .arg(time.as_secs().to_string());
    let said = run(bench.arg("--file").arg(script.path()))?;
    Ok(Inserts {
        rate: number_after(&said, "tps = ")?,
        latency: Duration::from_secs_f64(number_after(&said, "latency average = ")? / 1_000.0),
    })
}

fn place(socket: &str) -> [&str; 3] {
    ["--host", socket, "--username=postgres"]
}

fn run(command: &mut Command) -> Result<String> {
    // psql takes the database as an option, pgbench as an argument, and both from here.
    let output = command
        .env("PGDATABASE", "cloister")
        .output()
        .context("psql and pgbench come with the package `postgresql`")?;
    ensure!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

fn number_after(text: &str, words: &str) -> Result<f64> {
    let (_, rest) = text
        .split_once(words)
        .with_context(|| format!("no `{words}` in what pgbench said: {text}"))?;
    let number: String = rest
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    Ok(number.parse()?)
}
