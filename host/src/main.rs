//! The program `cloister`: everything is in the library, see [`host::cli`].

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A message and a page of GraphQL each make hundreds of small allocations, on all threads: this takes half the time for them
/// that the C library's takes.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    host::cli::run(std::env::args_os())
}
