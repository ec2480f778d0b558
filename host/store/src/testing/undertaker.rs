//! The undertaker is a shell that waits for the test process to end and then removes its server's folder. A static is
//! never dropped, and a process that was killed drops nothing.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Reads until the pipe from this process ends, waits for the server that the kernel then stops, and removes.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
cat
tries=0
while [ -e "$1/postgres/postmaster.pid" ] && [ $tries -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
rm -rf "$1"
"#;

/// Has `folder` removed once this process is gone.
#[expect(clippy::zombie_processes, reason = "it waits for us, not we for it")]
pub(super) fn bury_after_us(folder: &Path) {
    let mut undertaker = Command::new("/bin/sh")
        .args(["-c", SCRIPT, "undertaker"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("/bin/sh runs");
    // Our end of the pipe stays open until the process ends.
    std::mem::forget(undertaker.stdin.take());
}
