//! What breaks around the gateway: the network, the host, the database's other host.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use tests::App;
use tests::fakes::discord::{Discord, TOKEN, chat_of};
use tests::fakes::line::Line;
use tests::wait::{LONG, wait_for};

use super::{beside, connected, create, wait_for_status};

#[tokio::test]
async fn a_network_that_is_cut_and_back_loses_nothing() {
    let discord = Discord::start().await;
    let line = Line::to(discord.address()).await;
    discord.known_as(line.url().strip_prefix("http://").unwrap());
    let api = discord.url();
    let api = api.replace(&format!("http://{}", discord.address()), &line.url());
    let app = beside(&discord)
        .set("CLOISTER_DISCORD_API_URL", api)
        .start()
        .await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    let made = create(&app, TOKEN).await;
    assert!(made["errors"].is_null(), "{made}");
    discord.wait_for_greetings(1).await;
    wait_for_status(&app, "ACTIVE").await;
    discord.say(42, "before");
    discord.wait_for(1).await;
    // Someone is answered while no one can be reached.
    discord.say(43, "compute 1500");
    app.database().wait_for_a_turn().await;
    line.cut(true);
    discord.say(42, "meanwhile");
    wait_for_status(&app, "ERROR").await;
    line.cut(false);
    let mut shown = discord.wait_for(3).await;
    shown.sort();
    assert_eq!(shown, ["Computed.", "before", "meanwhile"]);
    wait_for_status(&app, "ACTIVE").await;
    app.finish().await;
    assert_eq!(discord.shown().len(), 3, "nothing is said twice");
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_not_sent_twice() {
    let (app, discord) = connected().await;
    // Discord takes it, and says so after the driver has given up waiting.
    let messages = format!("POST /channels/{}/messages", chat_of(42));
    discord.late(&messages, Duration::from_secs(25));
    discord.say(42, "slowly");
    discord.wait_for(1).await;
    // No one else waits for that.
    discord.say(43, "at once");
    discord.wait_for(2).await;
    assert_eq!(discord.asked(&messages).len(), 1);
    discord.say(42, "and on");
    assert_eq!(discord.wait_for(3).await, ["slowly", "at once", "and on"]);
    let asked = discord.asked(&messages);
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(asked[0].body["nonce"], asked[1].body["nonce"]);
    wait_for_status(&app, "ACTIVE").await;
    app.finish().await;
    assert_eq!(discord.shown(), ["slowly", "at once", "and on"]);
}

#[tokio::test]
async fn what_comes_malformed_or_out_of_order_holds_up_nothing() {
    let (app, discord) = connected().await;
    let mut bad = discord.direct(42, "no id");
    bad["author"] = json!("Ada");
    discord.dispatch("MESSAGE_CREATE", &bad);
    discord.dispatch("MESSAGE_CREATE", &json!([1, 2, 3]));
    let numbered = |id: &str, text: &str| {
        let mut message = discord.direct(42, text);
        message["id"] = id.into();
        message
    };
    // The second of two is told of first, and the first one twice, after the session has gone on elsewhere.
    let (first, second) = (numbered("1001", "first"), numbered("1002", "second"));
    discord.dispatch("MESSAGE_CREATE", &second);
    discord.dispatch("MESSAGE_CREATE", &first);
    discord.wait_for(2).await;
    discord.cut();
    discord.wait_for_greetings(2).await;
    discord.dispatch("MESSAGE_CREATE", &first);
    discord.dispatch("MESSAGE_CREATE", &second);
    discord.say(42, "after");
    assert_eq!(discord.wait_for(3).await, ["second", "first", "after"]);
    let aside = "SELECT count(*) FROM set_aside";
    assert_eq!(app.database().count(aside).await, 2);
    wait_for_status(&app, "ACTIVE").await;
    app.finish().await;
    assert_eq!(discord.shown().len(), 3, "nothing is answered twice");
}

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
