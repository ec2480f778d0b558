//! The compiler's process: one module in, compiled code out, under limits that the sandbox sets.

use std::process::ExitCode;

pub(super) fn run() -> ExitCode {
    let code = sandbox::compiler::child_main();
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
