//! An app is the binary under test, serving: with a data directory, a database and a port of its own, which it keeps over
//! kills and restarts.

mod build;
mod compiled;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

pub use self::build::Builder;
use crate::database::Database;
use crate::owner::Owner;
use crate::process::{Ended, Process};
use crate::wait::{Limit, wait_for};

/// A first start compiles the built-in agents, on a machine that may compile much else.
const READY: Limit = Limit(Duration::from_secs(60));
/// What the design promises for SIGTERM, and as much again for a busy machine.
const STOP: Duration = Duration::from_secs(20);

/// A running host.
pub struct App {
    process: Process,
    folder: Arc<TempDir>,
    data: PathBuf,
    database: Option<Arc<Database>>,
    environment: BTreeMap<String, OsString>,
    port: u16,
    http: reqwest::Client,
}

impl App {
    /// One with everything as tests want it: retries after milliseconds, short leases, loopback allowed.
    pub async fn start() -> App {
        App::build().start().await
    }

    /// One that differs.
    pub fn build() -> Builder {
        Builder::new()
    }

    /// Where it listens, without a slash at the end.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A page or an endpoint of it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address())
    }

    /// A client without any proof of who it is.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Its data directory.
    pub fn data(&self) -> &std::path::Path {
        &self.data
    }

    /// A folder beside the data directory that goes with the test.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// What it left in the database. Not there with the embedded one.
    pub fn database(&self) -> &Database {
        self.database
            .as_deref()
            .expect("an app with a database of the tests' server")
    }

    /// The first owner, by the token in the data directory.
    pub fn owner(&self) -> Owner {
        let file = self.data.join("owner-token");
        let token = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Owner::new(self.address(), token.trim().to_owned(), self.http.clone())
    }

    /// Whoever shows this token.
    pub fn by(&self, token: &str) -> Owner {
        Owner::new(self.address(), token.to_owned(), self.http.clone())
    }

    /// The fewest statements that a request took of many: the house does other things as well.
    pub async fn fewest_statements(&self, request: impl AsyncFn()) -> f64 {
        let mut fewest = f64::MAX;
        for _ in 0..20 {
            let before = self.statements().await;
            request().await;
            fewest = fewest.min(self.statements().await - before);
        }
        fewest
    }

    /// The statements that the host has sent to its database.
    pub async fn statements(&self) -> f64 {
        let request = self.http.get(self.url("/metrics"));
        let answer = request.send().await.expect("the host answers");
        let text = answer.text().await.expect("a body");
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("cloister_database_statements_total "));
        let number = line.unwrap_or_else(|| panic!("{text}")).trim();
        number.parse().expect("a number")
    }

    /// The owner's token and the address, as the command line takes them.
    pub fn environment(&self) -> &BTreeMap<String, OsString> {
        &self.environment
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Ends it as a power cut would.
    pub async fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.ended(STOP).await;
    }

    /// Waits for it to end by itself, as at a fault point.
    pub async fn died(&mut self) -> Ended {
        self.process.ended(Duration::from_secs(60)).await
    }

    /// Asks it to stop and tells how it ended.
    pub async fn terminate(&mut self) -> Ended {
        self.process.signal(Signal::TERM);
        self.process.ended(STOP).await
    }

    /// Starts it again on the same data, where it has ended or been killed.
    pub async fn restart(&mut self) {
        self.launch();
        self.ready().await;
    }

    /// Takes a variable away, or sets it, for the next start.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.environment.insert(name.to_owned(), value.into()),
            None => self.environment.remove(name),
        };
    }

    /// Starts it without waiting.
    pub fn launch(&mut self) {
        let said = self.folder.path().join("said.log");
        self.process = Process::start(&["serve"], &self.environment, &said);
    }

    /// Waits until it says that it is ready.
    pub async fn ready(&mut self) {
        let url = self.url("/readyz");
        wait_for(READY, "/readyz", async || {
            assert!(
                self.process.runs(),
                "the host ended while it started:\n{}",
                self.process.said()
            );
            let answer = self.http.get(&url).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// Ends the test: everything that was to be done is done, and the host stops as it should.
    pub async fn finish(mut self) {
        if let Some(database) = &self.database {
            database.settled().await;
        }
        assert_eq!(self.terminate().await, Ended::Code(0));
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "---- what the host on port {} said\n{}\n----",
                self.port,
                self.process.said()
            );
        }
    }
}
