//! Built-in agents: compiled from their sources and embedded, so that no binary is committed.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders of `guest-sdk/agents` that the host carries for everyone to use.
const AGENTS: &[&str] = &["echo", "counter", "assistant"];

/// The one that the host uses itself.
const NAVIGATOR: &str = "navigator";

/// What decides about all of them; each agent's own folder comes on top.
const SHARED: &[&str] = &[
    "guest-sdk/Cargo.toml",
    "guest-sdk/src",
    "guest-sdk/wit",
    "guest-sdk/agents/Cargo.toml",
    "guest-sdk/agents/Cargo.lock",
    "scripts/build-guest",
];

/// Builds the agents into `out` and returns the table of their components.
pub(crate) fn table(checkout: &Path, out: &Path) -> Result<String, String> {
    for path in SHARED {
        println!("cargo::rerun-if-changed={}", checkout.join(path).display());
    }
    let mut table = String::from(
        "/// The built-in agents: name and component.\npub const BUILTIN: &[(&str, &[u8])] = &[\n",
    );
    for name in AGENTS {
        let component = build(checkout, name, out)?;
        let _never_fails = writeln!(table, "    ({name:?}, include_bytes!({component:?})),");
    }
    let navigator = build(checkout, NAVIGATOR, out)?;
    let _never_fails = write!(
        table,
        "];\n\n\
         /// The module that finds the way between projects.\n\
         pub const NAVIGATOR: &[u8] = include_bytes!({navigator:?});\n"
    );
    Ok(table)
}

fn build(checkout: &Path, name: &str, out: &Path) -> Result<PathBuf, String> {
    let component = out.join(format!("{name}.wasm"));
    let source = checkout.join("guest-sdk/agents").join(name);
    println!("cargo::rerun-if-changed={}", source.display());
    let script = checkout.join("scripts/build-guest");
    let output = Command::new(&script)
        .arg(&source)
        .arg("--out")
        .arg(&component)
        .args(["--", "--locked"])
        .output()
        .map_err(|error| super::told(&script, &error))?;
    if output.status.success() {
        return Ok(component);
    }
    // The script ends with one line that names the command that mends it; the compiler's own lines come before.
    let lines = String::from_utf8_lossy(&output.stderr);
    eprintln!("{lines}");
    let last = lines.lines().last().unwrap_or("no reason given");
    Err(format!("building the agent `{name}`: {last}"))
}
