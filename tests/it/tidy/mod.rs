//! Tidy: what the compiler cannot hold of the house's rules.

mod arrows;
mod files;
mod manifests;

use std::path::PathBuf;
use std::process::Command;

/// Every file of the checkout that git knows or would add, by its path from the root, and its text. Files that are not
/// text have none.
pub(crate) fn files() -> Vec<(String, String)> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(checkout())
        .output()
        .expect("git lists the checkout's files");
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let names = String::from_utf8(listed.stdout).expect("paths of text");
    let mut files = Vec::new();
    for name in names.split_terminator('\0') {
        // One that was just deleted is still listed, and one that is not text has nothing to read.
        if let Ok(text) = std::fs::read_to_string(checkout().join(name)) {
            files.push((name.to_owned(), text));
        }
    }
    assert!(
        files.len() > 100,
        "the checkout has more than {} files",
        files.len()
    );
    files
}

fn checkout() -> PathBuf {
    tests::place::checkout()
}

/// Fails with every complaint at once.
fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
