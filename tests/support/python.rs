//! Programs in Python that we did not write, where `scripts/setup-tests` could install them.

use std::path::{Path, PathBuf};

use crate::installed::installed;

/// A program of the folder that they are installed in. It need not be there.
pub fn program(name: &str) -> PathBuf {
    installed(&Path::new("python/bin").join(name).to_string_lossy())
}
