//! What breaks around the gateway: the network, the host, the database's other host.

use rustix::process::Signal;
use serde_json::json;
use tests::App;
use tests::wait::{LONG, wait_for};

use super::{beside, connected, wait_for_status};

#[tokio::test]
async fn a_discord_that_is_away_is_told_of_and_comes_back_by_itself() {
    let (app, discord) = connected().await;
    discord.down(true);
    let reason = wait_for_status(&app, "ERROR").await.unwrap();
    assert!(!reason.is_empty());
    discord.down(false);
    discord.say(42, "hello?");
    assert_eq!(discord.wait_for(1).await, ["hello?"]);
    wait_for_status(&app, "ACTIVE").await;
    app.finish().await;
}

#[tokio::test]
async fn a_host_that_is_killed_goes_on_with_the_session() {
    let (mut app, discord) = connected().await;
    for number in 0..20 {
        discord.say(42, &format!("before {number}"));
    }
    discord.wait_for(3).await;
    app.kill().await;
    for number in 0..5 {
        discord.say(42, &format!("between {number}"));
    }
    app.restart().await;
    discord.say(42, "after");
    let before = (0..20).map(|number| format!("before {number}"));
    let between = (0..5).map(|number| format!("between {number}"));
    let all: Vec<String> = before.chain(between).chain(["after".to_owned()]).collect();
    assert_eq!(discord.wait_for(all.len()).await, all);
    app.database().settled().await;
    let log = app.database().log().await;
    let heard: Vec<&str> = log
        .iter()
        .filter(|entry| entry.inbound)
        .map(|entry| entry.text.as_str())
        .collect();
    assert_eq!(heard, all);
    assert_eq!(discord.shown(), all, "nothing is said twice");
    assert!(
        discord
            .greetings()
            .iter()
            .skip(1)
            .all(|greeting| greeting["op"] == 6)
    );
    app.finish().await;
}

#[tokio::test]
async fn of_two_hosts_one_listens_and_the_other_takes_over() {
    let (mut app, discord) = connected().await;
    let other: App = beside(&discord).beside(&app).start().await;
    discord.say(42, "one");
    discord.wait_for(1).await;
    assert_eq!(discord.greetings().len(), 1, "two hosts listen at once");
    wait_for(LONG, "all that was sent is noted", async || {
        let pending = "SELECT count(*) FROM deliveries WHERE status <> 'delivered'";
        (app.database().count(pending).await == 0).then_some(())
    })
    .await;
    app.process().signal(Signal::KILL);
    discord.say(42, "two");
    assert_eq!(discord.wait_for(2).await, ["one", "two"]);
    let greetings = discord.greetings();
    assert_eq!(
        greetings[1]["op"],
        json!(6),
        "the session goes on: {greetings:?}"
    );
    other.finish().await;
}
