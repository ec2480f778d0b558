//! Programs that we did not write, and what is kept from one run of the tests to the next: both below the user's cache.

use std::path::PathBuf;

/// Something that `scripts/setup-tests` installs. A test that went without it would show nothing: it fails.
pub fn installed(path: &str) -> PathBuf {
    let place = kept(path);
    assert!(
        place.exists(),
        "{} is missing: scripts/setup-tests installs it",
        place.display()
    );
    place
}

/// Something below the folder that they are installed in. It need not be there.
pub fn kept(path: &str) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the set-up script has put it"
    )]
    let cache = std::env::var("XDG_CACHE_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cache")))
        .unwrap_or_default();
    PathBuf::from(cache).join("cloister").join(path)
}
