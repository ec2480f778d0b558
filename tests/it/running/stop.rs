//! SIGTERM.

use std::time::Duration;

use rustix::process::Signal;
use tests::App;
use tests::app::Builder;
use tests::channel::message;
use tests::process::Ended;
use tokio::time::Instant;

/// Base64 of 32 bytes; hosts that share a database share the key.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[tokio::test]
async fn what_runs_is_finished_before_the_end() {
    let (mut app, _callback, channel) = crate::serving("oblige").await;
    let compute = message("U1", "compute 1500");
    let asking = channel.send(&compute);
    let stopping = async {
        app.database().wait_for_a_turn().await;
        app.terminate().await
    };
    let (answer, ended) = tokio::join!(asking, stopping);
    assert_eq!(answer.replies(), ["Computed."]);
    assert_eq!(ended, Ended::Code(0));
}

#[tokio::test]
async fn what_does_not_end_in_time_is_left_to_the_next_host() {
    let (mut app, callback, channel) =
        crate::serving_with(App::build().set("CLOISTER_STOP_SECONDS", "1"), "oblige").await;
    let asking = {
        let channel = channel.clone();
        tokio::spawn(async move { channel.try_send(&message("U1", "compute 8000")).await })
    };
    app.database().wait_for_a_turn().await;

    let asked = Instant::now();
    app.process().signal(Signal::TERM);
    let ended = app.process().ended(Duration::from_secs(40)).await;
    let took = asked.elapsed();

    assert_eq!(ended, Ended::Code(0));
    // One second is what this host was given, ten are what is promised.
    assert!(took < Duration::from_secs(10), "{took:?}");
    // Whatever the caller was told, the message is not lost.
    drop(asking.await.unwrap());
    app.restart().await;
    assert_eq!(callback.wait_for(1).await[0].text(), "Computed.");
    app.finish().await;
}

#[tokio::test]
async fn what_does_not_end_in_time_goes_to_another_host_at_once() {
    // Leases outlast the test: the other host can go on only with what this one gave back.
    let long = |app: Builder| {
        app.set("CLOISTER_MASTER_KEY", KEY)
            .set("CLOISTER_LEASE_SECONDS", "600")
            .set("CLOISTER_STOP_SECONDS", "1")
    };
    let (mut app, callback, channel) = crate::serving_with(long(App::build()), "oblige").await;
    let other = long(App::build()).beside(&app).start().await;
    let asking =
        tokio::spawn(async move { channel.try_send(&message("U1", "compute 5000")).await });
    app.database().wait_for_a_turn().await;

    assert_eq!(app.terminate().await, Ended::Code(0));

    drop(asking.await.unwrap());
    assert_eq!(callback.wait_for(1).await[0].text(), "Computed.");
    other.finish().await;
}

#[tokio::test]
async fn an_idle_host_stops_at_once() {
    let mut app = App::start().await;
    let asked = Instant::now();
    assert_eq!(app.terminate().await, Ended::Code(0));
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "{:?}",
        asked.elapsed()
    );
}
