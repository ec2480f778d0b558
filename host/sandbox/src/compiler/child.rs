//! The child's side: limits itself, reads one module, writes what it was asked to make of it.

use std::io::{self, Read, Write};
use std::process;
use std::thread;

use rustix::process::{Resource, Rlimit, setrlimit};
use wasmtime::Engine;

use super::bomb;
use super::order::{DONE, INVALID, ORDER_BYTES, OUT_OF_MEMORY, Order, TOO_DEMANDING, Task};
use crate::engine::tuning;
use crate::inspect;

/// What the child ends with when its parent is gone.
const ORPHANED: i32 = 3;

/// Takes one module from standard input and writes what was ordered of it to standard output: the whole life of the
/// compiler's process. A program calls this before it does anything else, and exits with what it returns.
pub fn child_main() -> i32 {
    match serve() {
        Ok(()) => 0,
        Err(error) => {
            // Whoever reads this is the parent, or a person who started it by hand.
            let _ = writeln!(io::stderr(), "compiler: {error}");
            2
        }
    }
}

fn serve() -> io::Result<()> {
    let mut header = [0; ORDER_BYTES];
    io::stdin().read_exact(&mut header)?;
    let order = Order::from_bytes(&header);
    limit(&order)?;
    let length = usize::try_from(order.length).map_err(io::Error::other)?;
    let mut module = Vec::new();
    module.try_reserve_exact(length).map_err(io::Error::other)?;
    module.resize(length, 0);
    io::stdin().read_exact(&mut module)?;
    end_with_parent()?;
    let (verdict, said) = match work(order.task, &module) {
        Ok(made) => (DONE, made),
        Err(Refused::TooDemanding(message)) => (TOO_DEMANDING, message.into_bytes()),
        Err(Refused::Failed(message)) if speaks_of_memory(&message) => {
            (OUT_OF_MEMORY, message.into_bytes())
        }
        Err(Refused::Failed(message)) => (INVALID, message.into_bytes()),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(&[verdict])?;
    stdout.write_all(&said)?;
    stdout.flush()
}

/// Why nothing was made.
enum Refused {
    /// It would take more than a module is worth.
    TooDemanding(String),
    /// It was tried.
    Failed(String),
}

fn work(task: Task, module: &[u8]) -> Result<Vec<u8>, Refused> {
    let made = match task {
        Task::Compile { metered } => {
            if let Some(message) = bomb::found(module) {
                return Err(Refused::TooDemanding(message));
            }
            compile(module, metered)
        }
        Task::Encode => inspect::encode(module),
    };
    made.map_err(Refused::Failed)
}

fn compile(component: &[u8], metered: bool) -> Result<Vec<u8>, String> {
    Engine::new(&tuning::tuned(metered))
        .and_then(|engine| engine.precompile_component(component))
        .map_err(|error| format!("{error:#}"))
}

/// Memory that the system refused comes back as its error where it does not end the process.
fn speaks_of_memory(message: &str) -> bool {
    let refused = io::Error::from(rustix::io::Errno::NOMEM).to_string();
    message.contains(&refused) || message.contains("out of memory")
}

fn limit(order: &Order) -> io::Result<()> {
    let at_most = |value| Rlimit {
        current: Some(value),
        maximum: Some(value),
    };
    setrlimit(Resource::As, at_most(order.memory))?;
    setrlimit(Resource::Cpu, at_most(order.processor_seconds))?;
    // It writes to pipes only; and a crash of it leaves no image of somebody's module.
    setrlimit(Resource::Fsize, at_most(0))?;
    setrlimit(Resource::Core, at_most(0))?;
    // Guests that answer people go first.
    rustix::process::nice(5)?;
    Ok(())
}

/// The parent keeps our standard input open for as long as it wants the answer. Being told of its death by the system
/// would not do: that signal comes when the thread that started us ends.
fn end_with_parent() -> io::Result<()> {
    thread::Builder::new().stack_size(64 * 1024).spawn(|| {
        let mut byte = [0];
        let _ = io::stdin().read(&mut byte);
        process::exit(ORPHANED);
    })?;
    Ok(())
}
