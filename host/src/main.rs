//! The program `cloister`: everything is in the library, see [`host::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    host::cli::run(std::env::args_os())
}
