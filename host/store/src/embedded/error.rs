//! Why the embedded Postgres does not run, in words that its operator can act on.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// See the variants; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No server programs.
    #[error(
        "no Postgres server programs in {looked}: install the package `postgresql`, name their folder in \
         CLOISTER_POSTGRES_BIN, or set CLOISTER_DATABASE_URL to a server of your own"
    )]
    NotInstalled {
        /// Where it was looked, with commas.
        looked: String,
    },
    /// The cluster was made by another major version than the one installed.
    #[error(
        "the data in {folder} belongs to Postgres {cluster}, and the installed programs are Postgres {installed}: \
         install the package `postgresql-{cluster}`, or move the data with `pg_upgrade`"
    )]
    Version {
        /// The cluster.
        folder: PathBuf,
        /// Its major version.
        cluster: String,
        /// The major version of the programs.
        installed: String,
    },
    /// The host is root, and there is no one to drop to.
    #[error(
        "Postgres does not run as root, and there is no user `{user}` to run it as: install the package \
         `postgresql`, which makes one, or start the host as another user"
    )]
    NoUser {
        /// Who is missing.
        user: String,
    },
    /// A folder on the way to the cluster does not let the server's user through.
    #[error(
        "the folder {folder} does not let user {user} through, as whom Postgres runs: let it with \
         `chmod o+x {folder}`, or set CLOISTER_DATA_DIR to a folder elsewhere, such as /var/lib/cloister"
    )]
    Unreachable {
        /// The first folder that stops it.
        folder: PathBuf,
        /// The server's user.
        user: String,
    },
    /// The cluster is someone else's.
    #[error(
        "the data in {folder} belongs to user {owner}: start the host as that user, or as root"
    )]
    Foreign {
        /// The cluster.
        folder: PathBuf,
        /// Its owner's number.
        owner: u32,
    },
    /// Another host has the data directory.
    #[error(
        "another host runs on the data directory {folder}: stop it, or set CLOISTER_DATA_DIR to another one"
    )]
    Locked {
        /// The data directory.
        folder: PathBuf,
    },
    /// A server that was left behind does not end.
    #[error(
        "an older Postgres server (process {pid}) still runs on {folder} and does not stop: end it"
    )]
    Occupied {
        /// The cluster.
        folder: PathBuf,
        /// The process.
        pid: i32,
    },
    /// A folder or file cannot be read or made.
    #[error("{path}: {source}")]
    Path {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The cluster could not be made.
    #[error("initdb could not make the database cluster: {output}")]
    Init {
        /// What it said.
        output: String,
    },
    /// A program could not be run at all.
    #[error("cannot run {program}: {source}")]
    Program {
        /// Which.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The server ended while it started.
    #[error("Postgres ended while it started: {output}")]
    Start {
        /// The last lines of its log.
        output: String,
    },
    /// The server took too long to start.
    #[error("Postgres did not become ready within {} s: {output}", limit.as_secs())]
    Slow {
        /// How long was waited.
        limit: Duration,
        /// The last lines of its log.
        output: String,
    },
    /// The server runs but its database cannot be made.
    #[error("cannot make the database: {0}")]
    Database(#[from] tokio_postgres::Error),
    /// The thread that watches over the server is gone: a defect.
    #[error("the thread of the embedded Postgres ended")]
    Gone,
}

impl EmbeddedError {
    pub(super) fn thread(source: io::Error) -> Self {
        EmbeddedError::Program {
            program: "a thread for Postgres".into(),
            source,
        }
    }

    /// For `map_err`: what went wrong with `path`.
    pub(super) fn path(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| EmbeddedError::Path {
            path: path.to_owned(),
            source,
        }
    }

    /// For `map_err`: what went wrong with running `program`.
    pub(super) fn program(program: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| EmbeddedError::Program {
            program: program.display().to_string(),
            source,
        }
    }
}
