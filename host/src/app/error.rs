//! Why a host does not start, in words that its operator can act on.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use sandbox::EngineError;
use store::StoreError;
use store::embedded::EmbeddedError;

use crate::error::{Error, chain};
use crate::live::nats::NatsError;
use crate::outgoing::NoClient;
use crate::vault::KeyringError;

/// See the variants; [`StartError::told`] is the line to print.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made or used.
    #[error("cannot use {path} in the data folder (CLOISTER_DATA_DIR)")]
    Folder {
        /// The folder, or what is in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has it.
    #[error(
        "another host runs on the data folder {0}: stop it, or set CLOISTER_DATA_DIR to another folder"
    )]
    InUse(PathBuf),
    /// The port is taken or not allowed.
    #[error("cannot listen on {address}: {}", listen_advice(source))]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The system does not say where it listens.
    #[error("cannot tell the address that is listened on")]
    Address(#[source] io::Error),
    /// The system does not say where the program is.
    #[error("cannot find the program's own file, which compiles modules")]
    OwnProgram(#[source] io::Error),
    /// The master key cannot be used.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The embedded Postgres does not start.
    #[error(transparent)]
    Postgres(#[from] EmbeddedError),
    /// Neither an address nor an embedded server.
    #[error("there is no database to use")]
    NoDatabase,
    /// The database does not answer, or cannot be brought up to date.
    #[error("cannot use the database")]
    Store(#[from] StoreError),
    /// wasmtime cannot be set up.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// HTTP requests cannot be made.
    #[error(transparent)]
    Outgoing(#[from] NoClient),
    /// There can be no line to other hosts.
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// What is in the database does not fit this host, or the first organization cannot be made.
    #[error("cannot work with this database")]
    Bootstrap(#[source] Error),
}

impl StartError {
    /// One line, with the causes.
    pub fn told(&self) -> String {
        let mut text = chain(self);
        // Here the one who is told is the one who would look it up.
        if let StartError::Bootstrap(Error::Internal { source, .. }) = self {
            text = format!("cannot work with this database: {}", chain(&**source));
        }
        text.replace('\n', " ")
    }
}

fn listen_advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::AddrInUse => {
            "another program has this port: stop it, or choose another one with CLOISTER_LISTEN or --listen"
        }
        io::ErrorKind::PermissionDenied => {
            "the system does not allow it: ports below 1024 take root; choose another one with CLOISTER_LISTEN"
        }
        io::ErrorKind::AddrNotAvailable => "this machine does not have this address",
        _ => "the system does not allow it",
    }
}
