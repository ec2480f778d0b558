//! The embedded Postgres is a private cluster in the host's data directory: made on first use from the server programs
//! that are installed, reached over a Unix socket that only its own user can open, durable, and ended with the host.
//!
//! In the data directory: `postgres/` is the cluster, `postgres.lock` keeps a second host out, `run/` has the socket
//! (elsewhere where that path is too long for one).

mod account;
mod database;
mod error;
mod folder;
mod init;
mod leftover;
mod programs;
mod server;
mod settings;
mod socket;
mod supervise;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio::sync::oneshot;

pub use error::EmbeddedError;

/// What to start.
#[derive(Clone, Debug)]
pub struct Options {
    data_dir: PathBuf,
    programs: Option<PathBuf>,
    search_path: Option<OsString>,
    durable: bool,
    /// Beside the socket, see `settings`.
    listen: String,
}

impl Options {
    /// A server with its cluster in `data_dir`, which is made if it is not there.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            programs: None,
            search_path: None,
            durable: true,
            listen: String::new(),
        }
    }

    /// The folder of the server programs (`CLOISTER_POSTGRES_BIN`), in place of the newest one installed.
    pub fn programs(mut self, folder: Option<PathBuf>) -> Self {
        self.programs = folder;
        self
    }

    /// Where else to look for the programs: the environment's `PATH`.
    pub fn search_path(mut self, path: Option<OsString>) -> Self {
        self.search_path = path;
        self
    }

    /// Does not wait for the disk: for data that ends with the test.
    #[cfg(feature = "testing")]
    pub fn volatile(mut self) -> Self {
        self.durable = false;
        self
    }

    /// Takes connections at this address too, where a test needs a server across a network.
    #[cfg(feature = "testing")]
    pub fn listen(mut self, address: std::net::IpAddr) -> Self {
        self.listen = address.to_string();
        self
    }

    /// Starts the server and waits until it takes connections. Recovery after a crash is part of the wait.
    pub async fn start(self) -> Result<EmbeddedPostgres, EmbeddedError> {
        let (ready, started) = oneshot::channel();
        let (stop, stopping) = oneshot::channel();
        let (done, stopped) = oneshot::channel();
        // The kernel ends the server when the thread that started it ends (see `server`), and threads of a runtime
        // come and go: this one lasts as long as the server.
        std::thread::Builder::new()
            .name("postgres".into())
            .spawn(move || {
                supervise::run(self, ready, stopping);
                let _ = done.send(());
            })
            .map_err(EmbeddedError::thread)?;
        let socket_dir = started.await.map_err(|_| EmbeddedError::Gone)??;
        Ok(EmbeddedPostgres {
            socket_dir,
            _stop: stop,
            stopped,
        })
    }
}

/// A running server. It is stopped by [`EmbeddedPostgres::stop`]; dropped, it is stopped without anyone waiting.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    socket_dir: PathBuf,
    /// Its end is the signal: nothing is ever sent.
    _stop: oneshot::Sender<()>,
    stopped: oneshot::Receiver<()>,
}

impl EmbeddedPostgres {
    /// Starts with what is installed; see [`Options`] for more.
    pub async fn start(data_dir: &Path) -> Result<EmbeddedPostgres, EmbeddedError> {
        Options::new(data_dir).start().await
    }

    /// The address of the host's database.
    pub fn url(&self) -> String {
        self.url_of(database::NAME)
    }

    /// The address of another database of the same server.
    pub fn url_of(&self, database: &str) -> String {
        socket::url(&self.socket_dir, database)
    }

    /// The folder of the socket, for Postgres' own tools: `psql -h <folder> -U postgres cloister`.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// Ends the sessions, writes a last checkpoint and waits for it, ten seconds at most; then the hard way.
    pub async fn stop(self) {
        let EmbeddedPostgres { _stop, stopped, .. } = self;
        drop(_stop);
        let _ = stopped.await;
    }
}
