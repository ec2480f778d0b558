//! The README's walks: its commands, in a shell, as someone would copy them there.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::wait::LONG;
use crate::{App, place};

/// Where the README's host listens.
const ADDRESS: &str = "http://127.0.0.1:8080";
/// What is printed behind the output of a block.
const OVER: &str = "--- over";

/// The blocks of commands that a section has, by its heading.
pub fn commands(heading: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(place::checkout().join("README.md")).expect("the README");
    let heading = format!("\n## {heading}\n");
    let (_, section) = readme.split_once(&heading).expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut blocks = vec![String::new()];
    for line in section.lines() {
        let last = blocks.last_mut().expect("a block");
        match line.strip_prefix("    ") {
            Some(line) => {
                last.push_str(line);
                last.push('\n');
            }
            None if last.is_empty() => {}
            None => blocks.push(String::new()),
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// A shell in a folder that has what `make run` leaves there.
pub struct Shell {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    address: String,
    folder: TempDir,
}

impl Shell {
    /// Opens one beside a host.
    pub fn beside(app: &App) -> Shell {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("the data folder");
        std::fs::write(data.join("owner-token"), app.owner().token()).expect("the owner's token");
        let mut child = Command::new("bash")
            .current_dir(folder.path())
            .env("no_proxy", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("a shell");
        Shell {
            input: child.stdin.take().expect("a pipe"),
            output: BufReader::new(child.stdout.take().expect("a pipe")).lines(),
            _child: child,
            address: app.address(),
            folder,
        }
    }

    /// Runs commands, with what stands for something in them put in. What they print.
    pub async fn run(&mut self, commands: &str, put: &[(&str, &str)]) -> String {
        let mut text = commands.replace(ADDRESS, &self.address);
        for (stands, real) in put {
            assert!(text.contains(stands), "{stands} is not in {commands}");
            text = text.replace(stands, real);
        }
        // What curl prints has no end of a line.
        let text = format!("{text}\necho\necho '{OVER}'\n");
        let written = self.input.write_all(text.as_bytes()).await;
        written.expect("the shell reads");
        let mut printed = String::new();
        loop {
            let line = timeout(LONG.0, self.output.next_line()).await;
            let line = line.expect("a line in time").expect("readable text");
            let line = line.unwrap_or_else(|| panic!("the shell has ended: {printed}"));
            if line == OVER {
                return printed.trim_end().to_owned();
            }
            printed.push_str(&line);
            printed.push('\n');
        }
    }

    /// A file that they left.
    pub fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }
}
