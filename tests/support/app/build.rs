//! How an app differs from the usual one.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::{App, compiled};
use crate::database::Database;
use crate::ports;
use crate::process::Process;

/// An app that is not started yet.
pub struct Builder {
    environment: BTreeMap<String, OsString>,
    data: Option<PathBuf>,
    embedded: bool,
    shares_code: bool,
    database: Option<Arc<Database>>,
}

impl Builder {
    pub(super) fn new() -> Builder {
        let usual = [
            ("CLOISTER_ALLOW_PRIVATE_HOSTS", "127.0.0.1"),
            ("CLOISTER_LEASE_SECONDS", "2"),
            ("CLOISTER_RETRY_SECONDS", "0.05,0.1,0.2,0.4,0.8,1.6,3.2"),
            ("CLOISTER_DATABASE_CONNECTIONS", "8"),
            ("CLOISTER_LOG", "info"),
            // Most tests have no use for it, and each would compile it.
            ("CLOISTER_WARM_UP", "off"),
        ];
        let environment = usual.map(|(name, value)| (name.to_owned(), value.into()));
        Builder {
            environment: environment.into(),
            data: None,
            embedded: false,
            shares_code: true,
            database: None,
        }
    }

    /// Sets a variable of its environment.
    pub fn set(mut self, name: &str, value: impl Into<OsString>) -> Builder {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Takes a variable away that tests usually set.
    pub fn unset(mut self, name: &str) -> Builder {
        self.environment.remove(name);
        self
    }

    /// On a Postgres of its own, in its data directory.
    pub fn embedded(mut self) -> Builder {
        self.embedded = true;
        self
    }

    /// With a key that it makes, and no compiled code to begin with.
    pub fn alone(mut self) -> Builder {
        self.shares_code = false;
        self
    }

    /// On this data directory instead of a new one.
    pub fn on(mut self, data: PathBuf) -> Builder {
        self.data = Some(data);
        self
    }

    /// On the database of another app, of which it is a second host.
    pub fn beside(mut self, other: &App) -> Builder {
        self.database = other.database.clone();
        self
    }

    /// Starts it and waits until it is ready.
    pub async fn start(self) -> App {
        let mut app = self.launch().await;
        app.ready().await;
        app
    }

    /// Starts it without waiting.
    pub async fn launch(mut self) -> App {
        // Short, since the embedded Postgres has its socket below it.
        let folder = tempfile::Builder::new()
            .prefix("cloister-it-")
            .tempdir()
            .expect("a folder");
        open_for_postgres(&folder);
        let data = match self.data.take() {
            Some(data) => data,
            None => {
                let data = folder.path().join("data");
                if self.shares_code && self.has_common_key() {
                    compiled::share(&data);
                }
                data
            }
        };
        let port = ports::free();
        if self.database.is_none() && !self.embedded {
            self.database = Some(Arc::new(Database::new().await));
        }
        let mut set = |name: &str, value: OsString| self.environment.insert(name.to_owned(), value);
        set("CLOISTER_LISTEN", format!("127.0.0.1:{port}").into());
        set("CLOISTER_DATA_DIR", data.clone().into());
        if let Some(database) = &self.database {
            set("CLOISTER_DATABASE_URL", database.url().into());
        }
        let said = folder.path().join("said.log");
        App {
            process: Process::start(&["serve"], &self.environment, &said),
            folder: Arc::new(folder),
            data,
            database: self.database,
            environment: self.environment,
            port,
            http: client(),
        }
    }
}

impl Builder {
    fn has_common_key(&self) -> bool {
        let key = self.environment.get("CLOISTER_MASTER_KEY");
        key.is_none_or(|key| key == compiled::KEY)
    }
}

/// A temporary folder is its maker's alone, and as root Postgres runs as another user.
fn open_for_postgres(folder: &TempDir) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711))
        .expect("our own folder");
}

/// A client that follows no redirect and knows no proxy.
fn client() -> reqwest::Client {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client")
}
