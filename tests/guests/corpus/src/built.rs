//! Guests that are built from Rust, as any author builds theirs.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Where guests stand, from the root of the checkout.
const FOLDERS: &[&str] = &["tests/guests", "guest-sdk/agents"];

/// The component type's module of a guest of this checkout, such as `misbehave` or `echo`, built where it is not yet.
pub fn built(name: &str) -> Result<Vec<u8>> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let folder = FOLDERS
        .iter()
        .map(|folder| checkout.join(folder).join(name))
        .find(|folder| folder.join("Cargo.toml").exists())
        .with_context(|| format!("no guest is called `{name}`"))?;
    let output = Command::new(checkout.join("scripts/build-guest"))
        .arg(&folder)
        .args(["--", "--locked"])
        .stderr(Stdio::inherit())
        .output()
        .context("scripts/build-guest does not start")?;
    ensure!(
        output.status.success(),
        "the guest `{name}` does not build, see above"
    );
    let printed = String::from_utf8(output.stdout)?;
    let path = printed
        .lines()
        .last()
        .context("scripts/build-guest names no file")?;
    std::fs::read(path).with_context(|| path.to_owned())
}
