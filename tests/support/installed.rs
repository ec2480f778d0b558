//! Programs that we did not write, where the set-up scripts could install them.

use std::path::PathBuf;

/// Something below the folder that they are installed in. It need not be there.
pub fn installed(path: &str) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the set-up script has put it"
    )]
    let cache = std::env::var("XDG_CACHE_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cache")))
        .unwrap_or_default();
    PathBuf::from(cache).join("cloister").join(path)
}
