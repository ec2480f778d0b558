//! Compiled code that the hosts of one run of the tests share. Each has a data directory of its own, and would compile the same
//! few modules again, which takes longer than most tests.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The master key of those that share: it signs the code.
pub(super) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A folder that is new with each run, and gone with the next one.
static SHARED: LazyLock<PathBuf> = LazyLock::new(|| {
    let all = crate::place::output("compiled");
    for left in fs::read_dir(&all).expect("our own folder").flatten() {
        let process = left.file_name();
        if !Path::new("/proc").join(&process).exists() {
            // Another run may have been quicker.
            let _ = fs::remove_dir_all(left.path());
        }
    }
    let folder = all.join(std::process::id().to_string());
    fs::create_dir_all(&folder).expect("our own folder");
    folder
});

/// Makes a data directory whose host has the key and the code that others have.
pub(super) fn share(data: &Path) {
    let made = fs::DirBuilder::new().mode(0o700).create(data);
    made.expect("a data directory");
    let mut key = fs::OpenOptions::new();
    let key = key.write(true).create_new(true).mode(0o600);
    let mut key = key.open(data.join("master.key")).expect("a new folder");
    writeln!(key, "{KEY}").expect("the key's file");
    symlink(&*SHARED, data.join("compiled")).expect("a new folder");
}
