//! Programs in Python that we did not write, which `scripts/setup-tests` installs.

use std::path::{Path, PathBuf};

use crate::installed::installed;

/// A program of the folder that they are installed in.
pub fn program(name: &str) -> PathBuf {
    installed(&Path::new("python/bin").join(name).to_string_lossy())
}
