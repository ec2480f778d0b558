//! A process under test: started, signalled, waited for; everything it says is kept. It never outlives its test.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::place;
use crate::wait::{Limit, wait_for};

/// What the process is given of the test's own environment: nothing of the operator's configuration.
const KEPT: [&str; 5] = ["PATH", "HOME", "TMPDIR", "USER", "LANG"];

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// A running, or ended, `cloister`.
pub struct Process {
    child: Child,
    said: PathBuf,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts `cloister` with these arguments; what it says is added to the file `said`.
    pub fn start(
        arguments: &[&str],
        environment: &BTreeMap<String, OsString>,
        said: &Path,
    ) -> Process {
        Process::run(command(arguments, environment), said)
    }

    fn run(mut command: Command, said: &Path) -> Process {
        let file = File::options()
            .create(true)
            .append(true)
            .open(said)
            .expect("a file for what it says");
        command
            .stdout(file.try_clone().expect("one file twice"))
            .stderr(file)
            .stdin(Stdio::null());
        let child = command
            .spawn()
            .expect("setpriv of util-linux starts the binary");
        Process {
            child,
            said: said.to_owned(),
            ended: None,
        }
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended yet.
    pub fn runs(&mut self) -> bool {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().expect("a child can be waited for");
        }
        self.ended.is_none()
    }

    /// Sends a signal, if it still runs.
    pub fn signal(&mut self, signal: Signal) {
        if self.runs() {
            let id = Pid::from_raw(self.child.id().cast_signed()).expect("a process has a number");
            // It may end just now.
            let _ = kill_process(id, signal);
        }
    }

    /// Waits until it has ended by itself or by a signal that it was sent.
    pub async fn ended(&mut self, limit: Duration) -> Ended {
        let status = wait_for(Limit(limit), "the process to end", async || {
            self.runs();
            self.ended
        })
        .await;
        status
            .code()
            .map_or_else(|| Ended::Signal(status.signal().unwrap_or(0)), Ended::Code)
    }

    /// Everything it said so far, on both of its outputs.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A failed kill means that it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `cloister` with these arguments, as a command of its own that ends with this process, however that ends.
pub fn command(arguments: &[&str], environment: &BTreeMap<String, OsString>) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "--"])
        .arg(place::cloister())
        .args(arguments)
        .env_clear();
    for name in KEPT {
        #[expect(
            clippy::disallowed_methods,
            reason = "what is passed on to the process under test"
        )]
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.envs(environment);
    command
}
