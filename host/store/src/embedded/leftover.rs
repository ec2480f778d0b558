//! A leftover is a server, or a session of one, that still works on the cluster when the host that started it is gone.
//! The kernel tells it to stop at the host's end, but that takes a while, and the next host may be quicker.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::time::{Instant, sleep};

use super::error::EmbeddedError;

/// How long each way of asking has.
const CLEANLY: Duration = Duration::from_secs(10);
const AT_ONCE: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Stops whatever runs on `cluster`, and removes a pid file that names a process which has nothing to do with it.
/// The caller holds the data directory's lock, so no other host can be starting one.
pub(super) async fn clear(cluster: &Path) -> Result<(), EmbeddedError> {
    // Fast shutdown, then immediate shutdown, then the end.
    for (signal, limit) in [
        (Signal::INT, CLEANLY),
        (Signal::QUIT, AT_ONCE),
        (Signal::KILL, AT_ONCE),
    ] {
        let running = processes_on(cluster);
        if running.is_empty() {
            return remove_misleading_pid_file(cluster);
        }
        // Sessions end with their server; where it is gone already, they are told themselves.
        let server = server_of(cluster).filter(|server| running.contains(server));
        tracing::info!(
            ?server,
            sessions = running.len(),
            ?signal,
            "stopping a Postgres left by an earlier host"
        );
        for process in server.map_or(running, |server| vec![server]) {
            // It may be gone by now, which is what is wanted.
            let _ = kill_process(process, signal);
        }
        wait_for_none(cluster, limit).await;
    }
    match processes_on(cluster).first() {
        None => remove_misleading_pid_file(cluster),
        Some(pid) => Err(EmbeddedError::Occupied {
            folder: cluster.to_owned(),
            pid: pid.as_raw_nonzero().get(),
        }),
    }
}

async fn wait_for_none(cluster: &Path, limit: Duration) {
    let end = Instant::now() + limit;
    while Instant::now() < end && !processes_on(cluster).is_empty() {
        sleep(LOOK_EVERY).await;
    }
}

/// Every process of a server has the cluster as its working directory. Those that may not be looked at are other
/// users', and so not of this cluster.
fn processes_on(cluster: &Path) -> Vec<Pid> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbered =
        entries.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())));
    numbered
        .filter(|(_, path): &(i32, PathBuf)| {
            std::fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd == cluster)
        })
        .filter_map(|(number, _)| Pid::from_raw(number))
        .collect()
}

fn server_of(cluster: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(pid_file(cluster)).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

/// After a crash of the machine or of a container, the number in the file may be another process's by now. The server
/// would take that process for itself and refuse to start.
fn remove_misleading_pid_file(cluster: &Path) -> Result<(), EmbeddedError> {
    let alive = server_of(cluster)
        .is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH));
    if alive {
        let file = pid_file(cluster);
        std::fs::remove_file(&file).map_err(EmbeddedError::path(&file))?;
    }
    Ok(())
}

/// The same for the socket's own lock file: nothing runs on the cluster, and no other cluster has its socket here.
/// A server that was killed may linger as a process that no one has buried yet, which a new one takes for alive.
pub(super) fn clear_socket(socket_dir: &Path) -> Result<(), EmbeddedError> {
    let file = socket_dir.join(".s.PGSQL.5432.lock");
    match std::fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(EmbeddedError::path(&file)(error))
        }
        _ => Ok(()),
    }
}

/// The file in which a server says its number and how far it is.
pub(super) fn pid_file(cluster: &Path) -> PathBuf {
    cluster.join("postmaster.pid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pid_file_that_names_a_stranger_is_removed() {
        let cluster = tempfile::tempdir().unwrap();
        let file = pid_file(cluster.path());
        std::fs::write(&file, format!("{}\n", std::process::id())).unwrap();
        clear(cluster.path()).await.unwrap();
        assert!(!file.exists());
    }

    #[tokio::test]
    async fn a_pid_file_of_a_process_that_is_gone_is_left_to_the_server() {
        let cluster = tempfile::tempdir().unwrap();
        let mut gone = std::process::Command::new("/bin/true").spawn().unwrap();
        gone.wait().unwrap();
        let file = pid_file(cluster.path());
        std::fs::write(&file, format!("{}\n", gone.id())).unwrap();
        clear(cluster.path()).await.unwrap();
        assert!(file.exists());
    }
}
