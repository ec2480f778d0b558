//! Guests that are built from Rust, as any author builds theirs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Where guests stand, from the root of the checkout.
const FOLDERS: &[&str] = &["tests/guests", "guest-sdk/agents"];

/// The folder of the checkout whose tests run. It is asked for then, and not when this was compiled: two checkouts may share
/// a target directory.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to what it runs through the environment"
)]
pub(crate) fn checkout() -> PathBuf {
    let compiled_in = || env!("CARGO_MANIFEST_DIR").into();
    let package: PathBuf =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(compiled_in, PathBuf::from);
    let is_root = |folder: &&Path| folder.join("scripts/build-guest").exists();
    package
        .ancestors()
        .find(is_root)
        .unwrap_or(&package)
        .to_owned()
}

/// The component type's module of a guest of this checkout, such as `misbehave` or `echo`, built where it is not yet.
pub fn built(name: &str) -> Result<Vec<u8>> {
    let checkout = checkout();
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
