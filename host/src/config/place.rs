//! Where the data lives.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

/// Where the data lives.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Where its data lives")]
pub struct Place {
    /// Folder of the embedded Postgres, the keys and the compiled modules; one process at a time uses it
    #[arg(
        long,
        env = "CLOISTER_DATA_DIR",
        value_name = "FOLDER",
        default_value = "./data"
    )]
    pub data_dir: PathBuf,
    /// A Postgres server to use instead of the embedded one: `postgres://user:password@host/database`, with
    /// `?sslmode=verify-full` where it is not on this machine; `sslrootcert=FILE` names whom to believe
    #[arg(long, env = "CLOISTER_DATABASE_URL", value_name = "URL", hide_env_values = true, value_parser = super::addresses::database_url)]
    pub database_url: Option<super::addresses::DatabaseUrl>,
    /// Folder of the Postgres server programs, in place of the newest one installed
    #[arg(long, env = "CLOISTER_POSTGRES_BIN", value_name = "FOLDER")]
    pub postgres_bin: Option<PathBuf>,
    /// Where else to look for them: the `PATH`, which is no flag
    #[arg(skip = search_path())]
    pub search_path: Option<OsString>,
    /// Database connections of this process
    #[arg(long, env = "CLOISTER_DATABASE_CONNECTIONS", value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u16).range(4..=500))]
    pub database_connections: u16,
    /// Days after which rows of the audit log are removed; unless it is said, they stay
    #[arg(long, env = "CLOISTER_AUDIT_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=36_500))]
    pub audit_days: Option<u16>,
    /// A NATS server, or several with commas between them, that carries live events between the hosts of one database in place
    /// of Postgres: `nats://user:password@host:4222`, or `tls://…`
    #[arg(long, env = "CLOISTER_NATS_URL", value_name = "URL", hide_env_values = true, value_parser = super::addresses::nats_url)]
    pub nats_url: Option<super::addresses::NatsUrl>,
}

fn search_path() -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "configuration is read here")]
    std::env::var_os("PATH")
}
