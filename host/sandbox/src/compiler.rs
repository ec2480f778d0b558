//! The compiler: a child process that turns one component into native code, or one core module into a component. That is
//! work that an uploader can make as large as they like, and done by code that some input brings down, so it is done where
//! it can be killed: the child limits its own memory and processor time before it reads a byte of the module, and the
//! parent ends it when its time is up. A child whose parent dies ends itself.

mod bomb;
mod child;
mod order;
mod verdict;

use std::ffi::OsString;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

pub use child::child_main;

use crate::engine::{EngineConfig, EngineError};
use crate::refusal::Refusal;
use order::{Order, Task};
use verdict::{Ending, verdict};

/// How many compilers run at once: each may take all the cores there are for a while.
const AT_ONCE: usize = 2;
/// Bytes of compiled code that are read from a child.
const CODE_BYTES: u64 = 256 * 1024 * 1024;
/// Bytes of its complaints that are read.
const COMPLAINT_BYTES: u64 = 4 * 1024;

pub(crate) struct Compiler {
    program: OsString,
    arguments: Vec<OsString>,
    memory: u64,
    time: Duration,
    running: Semaphore,
}

impl Compiler {
    pub(crate) fn new(config: &EngineConfig) -> Result<Self, EngineError> {
        let (program, arguments) = config
            .compiler
            .split_first()
            .ok_or(EngineError::NoCompiler)?;
        Ok(Self {
            program: program.clone(),
            arguments: arguments.to_vec(),
            memory: config.compile_memory,
            time: config.compile_time,
            running: Semaphore::new(AT_ONCE),
        })
    }

    /// Native code of a component.
    pub(crate) async fn compile(
        &self,
        component: &[u8],
        metered: bool,
    ) -> Result<Vec<u8>, Refusal> {
        self.run(Task::Compile { metered }, component).await
    }

    /// A component of a core module.
    pub(crate) async fn encode(&self, module: &[u8]) -> Result<Vec<u8>, Refusal> {
        match self.run(Task::Encode, module).await {
            Err(Refusal::Invalid { message } | Refusal::CompilerCrashed { message }) => {
                Err(Refusal::NotAComponent { message })
            }
            other => other,
        }
    }

    /// Has a child do it. The time limit starts when it is its turn.
    async fn run(&self, task: Task, module: &[u8]) -> Result<Vec<u8>, Refusal> {
        let failed = |error: io::Error| Refusal::CompilerFailed {
            message: error.to_string(),
        };
        let _turn = self
            .running
            .acquire()
            .await
            .map_err(|error| failed(io::Error::other(error)))?;
        let order = Order {
            task,
            memory: self.memory,
            // A net below the parent's own clock, for all threads together.
            processor_seconds: self.time.as_secs().saturating_add(1).saturating_mul(4),
            length: module.len() as u64,
        };
        let mut child = self.spawn().map_err(failed)?;
        match timeout(self.time, converse(&mut child, &order, module)).await {
            Ok(ending) => verdict(ending.map_err(failed)?, self.time, self.memory),
            Err(_) => {
                // Kills and waits, so that no zombie is left.
                child.kill().await.map_err(failed)?;
                Err(Refusal::CompileTooSlow { limit: self.time })
            }
        }
    }

    fn spawn(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .args(&self.arguments)
            // The child needs nothing of ours, and a module that gets the better of it should find nothing.
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }
}

/// Gives the child its order and takes what it has to say, until it has ended.
async fn converse(child: &mut Child, order: &Order, module: &[u8]) -> io::Result<Ending> {
    let missing = || io::Error::other("a pipe to the compiler is missing");
    let mut stdin = child.stdin.take().ok_or_else(missing)?;
    let stdout = child.stdout.take().ok_or_else(missing)?;
    let stderr = child.stderr.take().ok_or_else(missing)?;
    let (_, said, complaints) = tokio::join!(
        // A child that ended early says why by its ending, not by its closed pipe.
        give(&mut stdin, order, module),
        hear(stdout, CODE_BYTES + 1),
        hear(stderr, COMPLAINT_BYTES),
    );
    let status = child.wait().await?;
    // The child takes a closed pipe for the death of its parent.
    drop(stdin);
    let said = said?;
    Ok(Ending {
        status,
        code_limit: (said.len() as u64 > CODE_BYTES).then_some(CODE_BYTES),
        said,
        complaints: complaints?,
    })
}

async fn give(stdin: &mut ChildStdin, order: &Order, module: &[u8]) -> io::Result<()> {
    stdin.write_all(&order.to_bytes()).await?;
    stdin.write_all(module).await?;
    stdin.flush().await
}

/// Reads to the end or so far. The pipe is closed then, on which a child that has more to say ends.
async fn hear(pipe: impl AsyncRead + Unpin, limit: u64) -> io::Result<Vec<u8>> {
    let mut heard = Vec::new();
    pipe.take(limit).read_to_end(&mut heard).await?;
    Ok(heard)
}
