//! Node, with the packages that `scripts/setup-tests` installs: programs that we did not write, which check what we did.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::place;
use crate::wait::LONG;

/// A script of `tests/node` that runs.
pub struct Script {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Script {
    /// Starts it.
    pub fn start(name: &str, arguments: &[&str]) -> Script {
        let packages = packages();
        assert!(
            packages.exists(),
            "{} is missing: scripts/setup-tests installs it",
            packages.display()
        );
        let mut child = Command::new("node")
            .arg(place::checkout().join("tests/node").join(name))
            .args(arguments)
            .env("NODE_PATH", packages)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("scripts/setup-tests installs node");
        let stdout = child.stdout.take().expect("a pipe");
        Script {
            child,
            lines: BufReader::new(stdout).lines(),
        }
    }

    /// The next line that it prints.
    pub async fn line(&mut self) -> String {
        let line = timeout(LONG.0, self.lines.next_line()).await;
        let line = line.expect("a line in time").expect("readable text");
        line.expect("the script prints more")
    }

    /// Everything that it prints until it ends, which has to be well.
    pub async fn rest(mut self) -> Vec<String> {
        let mut rest = Vec::new();
        let all = async {
            while let Some(line) = self.lines.next_line().await.expect("readable text") {
                rest.push(line);
            }
            self.child.wait().await.expect("it ends")
        };
        let status = timeout(LONG.0, all).await.expect("it ends in time");
        assert!(status.success(), "{status}: {rest:?}");
        rest
    }
}

/// Where `scripts/setup-tests` installs them.
fn packages() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the set-up script has put it"
    )]
    let cache = std::env::var("XDG_CACHE_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cache")))
        .unwrap_or_default();
    PathBuf::from(cache).join("cloister/node/node_modules")
}
