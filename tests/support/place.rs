//! Where the things are that are built before the tests run.

use std::path::{Path, PathBuf};

/// The folder of the checkout whose tests run: another may have left this very program in a target directory of both.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to what it runs through the environment"
)]
pub fn checkout() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    Path::new(&package)
        .parent()
        .expect("the package stands in the checkout")
        .to_owned()
}

/// The folder of the profile that this very program was built with: `target/debug`.
pub fn built() -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    program
        .ancestors()
        .nth(2)
        .expect("it stands in target/<profile>/deps")
        .to_owned()
}

/// The binary under test.
pub fn cloister() -> PathBuf {
    let binary = built().join("cloister");
    assert!(
        binary.exists(),
        "{} is missing: build it with `cargo build --workspace`, as `make test` does",
        binary.display()
    );
    binary
}

/// A folder beside the build output, for what a person may want to look at after the tests.
pub fn output(name: &str) -> PathBuf {
    let folder = built().join(name);
    std::fs::create_dir_all(&folder).expect("the build folder can be written");
    folder
}
