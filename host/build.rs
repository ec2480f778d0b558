//! Builds the agents that are built into the host, and embeds the projects that `cloister agent new` writes.

#[path = "build/builtin.rs"]
mod builtin;
#[path = "build/scaffold.rs"]
mod scaffold;

use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() {
    if let Err(problem) = run() {
        println!("cargo::error={problem}");
    }
}

fn run() -> Result<(), String> {
    // Not as it was when this script was compiled: another checkout may have left it in a target directory of both.
    let host = told_by_cargo("CARGO_MANIFEST_DIR")?;
    let checkout = host.parent().ok_or("the host stands in no checkout")?;
    let out = told_by_cargo("OUT_DIR")?;
    let tables = builtin::table(checkout, &out)? + &scaffold::table(checkout, &out)?;
    fs::write(out.join("builtin.rs"), tables).map_err(|error| told("builtin.rs", &error))
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to a build script through the environment"
)]
fn told_by_cargo(name: &str) -> Result<PathBuf, String> {
    let value = std::env::var_os(name).ok_or(format!("cargo gave no {name}"))?;
    Ok(PathBuf::from(value))
}

/// Every file under a directory of the checkout, watched for changes, as paths relative to it, in order.
fn files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    println!("cargo::rerun-if-changed={}", directory.display());
    let mut found = Vec::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(below) = waiting.pop() {
        let entries =
            fs::read_dir(directory.join(&below)).map_err(|error| told(directory, &error))?;
        for entry in entries {
            let name = entry.map_err(|error| told(directory, &error))?.file_name();
            // What Python leaves beside sources that it has run.
            if name == "__pycache__" {
                continue;
            }
            let path = below.join(name);
            if directory.join(&path).is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn told(path: impl AsRef<Path>, error: &io::Error) -> String {
    format!("{}: {error}", path.as_ref().display())
}
