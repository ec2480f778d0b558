//! A NATS server, the real one, on a port that it keeps over kills and restarts.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Subscriber};
use tempfile::TempDir;

use crate::ports;
use crate::wait::{LONG, wait_for};

const USER: &str = "cloister";
const PASSWORD: &str = "hunter2";

/// The server.
pub struct Nats {
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl Nats {
    /// One that runs.
    pub async fn start() -> Nats {
        let mut nats = Nats::absent();
        nats.launch().await;
        nats
    }

    /// One that does not run yet.
    pub fn absent() -> Nats {
        Nats {
            port: ports::free(),
            folder: tempfile::tempdir().expect("a folder"),
            child: None,
        }
    }

    /// Its address, with the password that it wants.
    pub fn url(&self) -> String {
        format!("nats://{USER}:{PASSWORD}@127.0.0.1:{}", self.port)
    }

    /// What no log may have.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// Starts it and waits until it takes connections.
    pub async fn launch(&mut self) {
        let program = ["/usr/sbin/nats-server", "/usr/bin/nats-server"];
        let program = program
            .into_iter()
            .find(|program| std::path::Path::new(program).exists())
            .unwrap_or("nats-server");
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", program])
            .args(["--addr", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--user", USER, "--pass", PASSWORD])
            .arg("--log")
            .arg(self.folder.path().join("nats.log"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`scripts/setup-tests` installs nats-server");
        self.child = Some(child);
        let address = ("127.0.0.1", self.port);
        wait_for(LONG, "nats-server", async || {
            tokio::net::TcpStream::connect(address).await.ok()
        })
        .await;
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // A failed kill means that it is gone.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// A client that is none of the host's.
    pub async fn client(&self) -> Client {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        ConnectOptions::with_user_and_password(USER.to_owned(), PASSWORD.to_owned())
            .connection_timeout(Duration::from_secs(30))
            .connect(format!("nats://127.0.0.1:{}", self.port))
            .await
            .expect("it takes connections")
    }

    /// All that hosts say on it from now on.
    pub async fn listen(&self) -> (Client, Subscriber) {
        let client = self.client().await;
        let heard = client.subscribe("cloister.>").await.expect("it listens");
        // A client is told that its own message has come only after what it asked for before.
        let mut echo = client.subscribe("echo").await.expect("it listens");
        client.publish("echo", "".into()).await.expect("it speaks");
        let came = futures_util::StreamExt::next(&mut echo);
        tokio::time::timeout(Duration::from_secs(30), came)
            .await
            .expect("the server answers");
        (client, heard)
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}
