//! The embedded Postgres: started, stopped, killed, in the wrong place. Each test has a server of its own.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use store::Store;
use store::embedded::{EmbeddedError, EmbeddedPostgres, Options};
use store::ids::OrganizationId;
use store::organizations::{self, NewOrganization};
use tempfile::TempDir;

use crate::given::eventually;

/// Without waiting for the disk: what a process left is read from the system's memory as well as from there.
async fn start(data_dir: &Path) -> EmbeddedPostgres {
    Options::new(data_dir).volatile().start().await.unwrap()
}

/// Leaves a row that has to be there later.
async fn write(postgres: &EmbeddedPostgres) -> OrganizationId {
    let store = Store::connect(&postgres.url(), 1).await.unwrap();
    store.migrate().await.unwrap();
    let new = NewOrganization {
        id: OrganizationId::new(),
        name: "Home".into(),
    };
    organizations::create(&store, new).await.unwrap().id
}

async fn has(postgres: &EmbeddedPostgres, id: OrganizationId) -> bool {
    let store = Store::connect(&postgres.url(), 1).await.unwrap();
    organizations::find(&store, id).await.unwrap().is_some()
}

fn pid_file(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres/postmaster.pid")
}

fn server(data_dir: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(pid_file(data_dir)).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

async fn refused(options: Options) -> EmbeddedError {
    options.start().await.expect_err("it does not start")
}

#[tokio::test]
async fn what_was_written_is_there_after_a_stop_and_a_start() {
    let folder = TempDir::new().unwrap();
    let postgres = EmbeddedPostgres::start(folder.path()).await.unwrap();
    let id = write(&postgres).await;
    postgres.stop().await;
    assert!(!pid_file(folder.path()).exists());

    let postgres = EmbeddedPostgres::start(folder.path()).await.unwrap();
    assert!(has(&postgres, id).await);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(postgres.socket_dir()), 0o700);
    assert_eq!(mode(&folder.path().join("postgres")), 0o700);
    postgres.stop().await;
}

#[tokio::test]
async fn a_server_that_dies_is_started_again() {
    let folder = TempDir::new().unwrap();
    let postgres = start(folder.path()).await;
    let id = write(&postgres).await;
    let store = Store::connect(&postgres.url(), 2).await.unwrap();
    let first = server(folder.path()).unwrap();

    kill_process(first, Signal::KILL).unwrap();

    let next = async || server(folder.path()).filter(|pid| *pid != first);
    eventually("another server", next).await;
    eventually("it answers", async || store.ping().await.ok()).await;
    assert!(has(&postgres, id).await);
    postgres.stop().await;
}

#[tokio::test]
async fn one_host_at_a_time_has_a_data_directory() {
    let folder = TempDir::new().unwrap();
    let postgres = start(folder.path()).await;
    let error = refused(Options::new(folder.path())).await;
    assert!(matches!(&error, EmbeddedError::Locked { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains(&folder.path().display().to_string()),
        "{error}"
    );
    postgres.stop().await;
    start(folder.path()).await.stop().await;
}

/// Not a test: the host that the tests below kill. Its working directory is its data directory.
#[tokio::test]
#[ignore = "run by other tests"]
async fn host_process() {
    let postgres = start(Path::new(".")).await;
    println!("\nwrote {}", write(&postgres).await);
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// Runs a host on the folder, and kills it once it has written a row.
fn run_and_kill_a_host(folder: &Path) -> OrganizationId {
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "embedded::host_process",
            "--nocapture",
        ])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(host.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let id = said
        .find_map(|line| line.strip_prefix("wrote ")?.parse().ok())
        .unwrap();
    host.kill().unwrap();
    host.wait().unwrap();
    id
}

#[tokio::test]
async fn a_server_ends_with_its_host_even_if_that_is_killed() {
    let folder = TempDir::new().unwrap();
    run_and_kill_a_host(folder.path());
    eventually("the server stops", async || {
        (!pid_file(folder.path()).exists()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_next_host_need_not_wait_for_what_a_killed_one_left() {
    let folder = TempDir::new().unwrap();
    let id = run_and_kill_a_host(folder.path());
    let postgres = start(folder.path()).await;
    assert!(has(&postgres, id).await);
    postgres.stop().await;
}

#[tokio::test]
async fn the_next_host_recovers_what_a_killed_server_left() {
    let folder = TempDir::new().unwrap();
    let postgres = start(folder.path()).await;
    let id = write(&postgres).await;
    let pid = server(folder.path()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    postgres.stop().await;
    // As after a power cut, the file of the server that is gone lies there.
    std::fs::write(
        pid_file(folder.path()),
        format!("{}\n", pid.as_raw_nonzero()),
    )
    .unwrap();

    let postgres = start(folder.path()).await;
    assert!(has(&postgres, id).await);
    postgres.stop().await;
}

#[tokio::test]
async fn a_folder_that_stops_the_servers_user_is_named() {
    if !geteuid().is_root() {
        return; // Any other user runs the server as itself.
    }
    let parent = TempDir::new().unwrap();
    std::fs::set_permissions(parent.path(), PermissionsExt::from_mode(0o700)).unwrap();
    let error = refused(Options::new(parent.path().join("data"))).await;
    match &error {
        EmbeddedError::Unreachable { folder, user } => {
            assert_eq!(
                (folder.as_path(), user.as_str()),
                (parent.path(), "postgres")
            );
        }
        other => panic!("{other}"),
    }
    assert!(error.to_string().contains("chmod o+x"), "{error}");
}

#[tokio::test]
async fn a_cluster_of_another_version_is_refused_with_both_named() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("postgres")).unwrap();
    std::fs::write(folder.path().join("postgres/PG_VERSION"), "9\n").unwrap();
    let error = refused(Options::new(folder.path())).await;
    match &error {
        EmbeddedError::Version {
            cluster, installed, ..
        } => {
            assert_eq!(cluster, "9");
            assert!(installed.parse::<u32>().unwrap() > 9, "{installed}");
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_cluster_that_is_broken_is_an_error_with_the_servers_words() {
    let folder = TempDir::new().unwrap();
    start(folder.path()).await.stop().await;
    std::fs::remove_file(folder.path().join("postgres/global/pg_control")).unwrap();
    let error = refused(Options::new(folder.path())).await;
    assert!(
        matches!(&error, EmbeddedError::Start { output } if output.contains("pg_control")),
        "{error}"
    );
}

#[tokio::test]
async fn an_unfinished_cluster_is_made_anew_and_a_long_path_has_its_socket_elsewhere() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("a-very-long-name/".repeat(5));
    std::fs::create_dir_all(data_dir.join("postgres.new/base")).unwrap();
    for step in data_dir
        .ancestors()
        .take_while(|step| step.starts_with(folder.path()))
    {
        std::fs::set_permissions(step, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let postgres = Options::new(&data_dir).start().await.unwrap();
    assert!(!postgres.socket_dir().starts_with(folder.path()));
    let socket_dir = postgres.socket_dir().to_owned();
    write(&postgres).await;
    postgres.stop().await;
    std::fs::remove_dir_all(socket_dir).unwrap();
}
