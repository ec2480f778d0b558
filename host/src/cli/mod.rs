//! The command line: one file a command. Exit codes: 0 done, 1 failed, 2 a wrong word on the command line or in the
//! environment, 3 the host cannot be reached, 4 refused for want of a right or a token, 5 not found, 6 the module or the
//! project is not acceptable.

/// Says a line on standard output. Whoever reads it may have read enough: then the command is over.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::cli::say_line(format_args!($($words)*))
    };
}

pub mod agent;
mod client;
mod compile_module;
mod doctor;
mod exit;
mod keys;
mod schema;
mod serve;
mod turn;

use std::ffi::OsString;
use std::fmt::Arguments;
use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config;

pub use self::exit::Failure;

/// The hidden command with which the host starts itself to compile a module.
pub const COMPILE_MODULE: &str = "compile-module";

/// A self-hosted host of agents: upload an agent as a WebAssembly component, and it answers where your people chat.
#[derive(Parser)]
#[command(name = "cloister", version, max_term_width = 110)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the host
    Serve(Box<serve::Serve>),
    /// Make, push and look after agents
    #[command(subcommand)]
    Agent(agent::Command),
    /// See what an agent did, and why
    #[command(subcommand)]
    Turn(turn::Command),
    /// See and rotate the master keys of a stopped host
    #[command(subcommand)]
    Keys(keys::Command),
    /// Check what this machine has for running the host and building agents
    Doctor(Box<doctor::Doctor>),
    /// Print the GraphQL schema
    Schema,
    /// Compile a module from standard input; for the host itself
    #[command(name = COMPILE_MODULE, hide = true)]
    CompileModule,
}

/// Runs a command line, the program's name first.
pub fn run(line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line: Vec<OsString> = line.into_iter().collect();
    // The compiler is started for each module and knows its one word.
    if line.get(1).is_some_and(|word| word == COMPILE_MODULE) {
        return compile_module::run();
    }
    let line: Line = match config::parse_or_say(line) {
        Ok(line) => line,
        Err(code) => return code,
    };
    let done = match line.command {
        Command::Serve(serve) => serve.run(),
        Command::Agent(command) => agent::run(command),
        Command::Turn(command) => turn::run(command),
        Command::Keys(command) => keys::run(command),
        Command::Doctor(doctor) => doctor.run(),
        Command::Schema => schema::run(),
        Command::CompileModule => return compile_module::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

fn say_line(line: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").is_err() {
        std::process::exit(0);
    }
}

/// A runtime for a command that is over soon.
fn wait<T>(task: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    Ok(runtime.block_on(task))
}
