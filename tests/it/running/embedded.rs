//! The embedded Postgres: its start, its end, and what is left after a kill.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use tests::process::{Ended, Process};
use tests::wait::LONG;
use tests::{App, wait_for};

/// The number of the server's process.
fn server_of(data: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(data.join("postgres/postmaster.pid")).ok()?;
    text.lines().next()?.trim().parse().ok()
}

fn runs(process: u32) -> bool {
    // A process that has ended and was not waited for has no command line.
    std::fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty())
}

#[tokio::test]
async fn what_was_said_outlives_the_host_however_it_ends() {
    let mut app = App::build().embedded().start().await;
    app.owner().pushed("counter", crate::guest("counter")).await;
    let channel = app.owner().channel("counter", "http://127.0.0.1:9/").await;
    assert_eq!(channel.say("U1", "one").await, ["1 here, 1 in all."]);
    let server = server_of(app.data()).unwrap();

    assert_eq!(app.terminate().await, Ended::Code(0));
    assert!(!runs(server), "Postgres was stopped with the host");
    app.restart().await;
    assert_eq!(channel.say("U1", "two").await, ["2 here, 2 in all."]);

    let server = server_of(app.data()).unwrap();
    app.kill().await;
    wait_for(LONG, "Postgres to end with its host", async || {
        (!runs(server)).then_some(())
    })
    .await;
    app.restart().await;
    assert_eq!(channel.say("U1", "three").await, ["3 here, 3 in all."]);

    // Both at once, as in a power cut.
    let server =
        rustix::process::Pid::from_raw(server_of(app.data()).unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(server, rustix::process::Signal::KILL).unwrap();
    app.kill().await;
    app.restart().await;
    assert_eq!(channel.say("U1", "four").await, ["4 here, 4 in all."]);
    app.finish().await;
}

#[tokio::test]
async fn a_server_that_dies_is_started_again() {
    let app = App::build().embedded().start().await;
    app.owner().pushed("counter", crate::guest("counter")).await;
    let channel = app.owner().channel("counter", "http://127.0.0.1:9/").await;
    assert_eq!(channel.say("U1", "one").await, ["1 here, 1 in all."]);
    let first = server_of(app.data()).unwrap();
    let id = rustix::process::Pid::from_raw(first.cast_signed()).unwrap();

    rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();

    let two = tests::channel::message_with_id("U1", "two", "m-2");
    assert_eq!(
        channel.send_until_answered(&two).await.replies(),
        ["2 here, 2 in all."]
    );
    // Sessions of the old server may have answered that one before they noticed.
    wait_for(LONG, "another server", async || {
        server_of(app.data()).filter(|server| *server != first)
    })
    .await;
    let three = tests::channel::message_with_id("U1", "three", "m-3");
    assert_eq!(
        channel.send_until_answered(&three).await.replies(),
        ["3 here, 3 in all."]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_data_directory_has_one_host() {
    let app = App::build().embedded().start().await;
    let mut second = app.environment().clone();
    second.insert(
        "CLOISTER_LISTEN".to_owned(),
        format!("127.0.0.1:{}", tests::ports::free()).into(),
    );
    let mut second = Process::start(&["serve"], &second, &app.folder().join("second.log"));

    let ended = second.ended(Duration::from_secs(30)).await;

    let said = second.said();
    assert!(
        matches!(ended, Ended::Code(code) if code != 0),
        "{ended:?}: {said}"
    );
    let folder = app.data().display().to_string();
    assert!(
        said.trim_end()
            .lines()
            .last()
            .unwrap_or_default()
            .contains(&folder),
        "{said}"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_folder_that_the_server_cannot_reach_is_named() {
    if !rustix::process::geteuid().is_root() {
        // The server runs as whoever runs the host then, and reaches what that one does.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let closed = folder.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o711)).unwrap();
    std::fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();

    let mut app = App::build()
        .embedded()
        .on(closed.join("data"))
        .launch()
        .await;
    let ended = app.died().await;

    let said = app.process().said();
    assert!(
        matches!(ended, Ended::Code(code) if code != 0),
        "{ended:?}: {said}"
    );
    let last = said.trim_end().lines().last().unwrap_or_default();
    assert!(
        last.contains(&format!("{} ", closed.display())) && last.contains("chmod o+x"),
        "{said}"
    );
}
