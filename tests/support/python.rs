//! Programs in Python that we did not write, where `scripts/setup-tests` could install them.

use std::path::PathBuf;

/// A program of the folder that they are installed in. It need not be there.
pub fn program(name: &str) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the set-up script has put it"
    )]
    let cache = std::env::var("XDG_CACHE_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cache")))
        .unwrap_or_default();
    PathBuf::from(cache).join("cloister/python/bin").join(name)
}
