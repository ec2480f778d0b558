//! What changes on one host is seen on another, over a NATS server where there is one.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use store::notices::{self, Listener};
use tests::app::Builder;
use tests::nats::Nats;
use tests::wait::{LONG, wait_for};
use tests::{App, Socket};

use super::conversations;
use super::subscriptions::{KEY, MESSAGES, begun, heard, log, talk};

/// A host of which there is nothing but what it says.
const OTHER: &str = "01900000-0000-7000-8000-000000000001";

fn over(nats: &Nats) -> Builder {
    App::build()
        .set("CLOISTER_MASTER_KEY", KEY)
        .set("CLOISTER_NATS_URL", nats.url())
}

/// How often a host has told that it cannot use NATS.
fn complaints(app: &mut App) -> usize {
    app.process().said().matches("NATS cannot be used").count()
}

#[tokio::test]
async fn what_is_said_on_one_host_is_seen_on_another_over_nats_and_not_over_postgres() {
    let nats = Nats::start().await;
    let (_client, mut said) = nats.listen().await;
    let (mut first, _callback, channel) = crate::serving_with(over(&nats), "echo").await;
    let mut second = over(&nats).beside(&first).start().await;
    let store = store::Store::connect(&first.database().url(), 2)
        .await
        .unwrap();
    let mut listener = Listener::open(&store).await.unwrap();
    let (id, begin) = begun(&first, &channel).await;
    let mut socket = Socket::open(&second, first.owner().token()).await;
    socket
        .subscribe(MESSAGES, json!({ "id": id, "after": begin }))
        .await;
    let (told, ()) = tokio::join!(heard(&mut socket, 41), talk(&channel, 20));
    assert_eq!(told, log(&first).await);

    let changed = format!("c{}", id.replace('-', ""));
    let said = async {
        loop {
            let message = said.next().await.expect("the server runs");
            let text = String::from_utf8(message.payload.to_vec()).unwrap();
            assert!(!text.contains("text"), "{text}");
            if text.contains(&changed) {
                break;
            }
        }
    };
    let said = tokio::time::timeout(Duration::from_secs(30), said);
    said.await.expect("the hosts talk over NATS");
    // The first to be heard over Postgres is the test's own.
    notices::send(&store, &[OTHER.to_owned()]).await.unwrap();
    assert_eq!(listener.next().await.unwrap(), OTHER);
    for host in [&mut first, &mut second] {
        assert_eq!(complaints(host), 0);
        assert!(!host.process().said().contains(nats.password()));
    }
    drop(socket);
    second.finish().await;
    first.finish().await;
}

#[tokio::test]
async fn a_server_that_dies_and_comes_back_loses_nothing_and_doubles_nothing() {
    let mut nats = Nats::start().await;
    let (mut first, _callback, channel) = crate::serving_with(over(&nats), "echo").await;
    let second = over(&nats).beside(&first).start().await;
    let (id, begin) = begun(&first, &channel).await;
    let mut socket = Socket::open(&second, first.owner().token()).await;
    socket
        .subscribe(MESSAGES, json!({ "id": id, "after": begin }))
        .await;
    let story = async {
        talk(&channel, 5).await;
        nats.kill();
        talk(&channel, 5).await;
        nats.launch().await;
        talk(&channel, 5).await;
    };
    let (told, ()) = tokio::join!(heard(&mut socket, 31), story);
    assert_eq!(told, log(&first).await);
    wait_for(LONG, "the host to use NATS again", async || {
        let said = first.process().said();
        said.contains("NATS is there again").then_some(())
    })
    .await;
    assert_eq!(complaints(&mut first), 1);
    drop(socket);
    second.finish().await;
    first.finish().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_at_the_start_is_used_once_it_is() {
    let mut nats = Nats::absent();
    let mut app = over(&nats).start().await;
    let visitor = crate::web_chat::widget_of(&app).await.open(json!({})).await;
    let mut stream = visitor.watch(None).await;
    visitor.say("m-1", "hello").await;
    stream.messages(2).await;
    wait_for(LONG, "the host to miss the server", async || {
        (complaints(&mut app) > 0).then_some(())
    })
    .await;

    let rows = app
        .database()
        .rows(
            "SELECT c.id::text, i.id::text FROM conversations c, installation i",
            &[],
        )
        .await;
    let without = |column| rows[0].get::<_, String>(column).replace('-', "");
    let subject = format!("cloister.{}.live", without(1));
    let typing = format!("{OTHER} t{}", without(0));
    nats.launch().await;
    let client = nats.client().await;
    // That someone types on another host is heard over NATS or not at all; when the host listens is its own affair.
    let mut shown = Box::pin(stream.next());
    let name = wait_for(LONG, "the page to show it", async || {
        let said = client.publish(subject.clone(), typing.clone().into());
        said.await.unwrap();
        let pause = Duration::from_millis(100);
        tokio::time::timeout(pause, &mut shown).await.ok()
    })
    .await;
    assert_eq!(name.unwrap().name, "typing");
    assert_eq!(complaints(&mut app), 1);
    assert!(app.process().said().contains("NATS is there again"));
    drop(shown);
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn hosts_of_other_databases_have_subjects_of_their_own() {
    let nats = Nats::start().await;
    let (_client, mut said) = nats.listen().await;
    let one = over(&nats).start().await;
    let beside = over(&nats).beside(&one).start().await;
    let other = over(&nats).start().await;
    let mut subjects = BTreeSet::new();
    let mut hosts = BTreeSet::new();
    // Each greets when it comes.
    let greetings = async {
        while hosts.len() < 3 {
            let message = said.next().await.expect("the server runs");
            let text = String::from_utf8(message.payload.to_vec()).unwrap();
            hosts.extend(text.split(' ').next().map(str::to_owned));
            subjects.insert(message.subject.to_string());
        }
    };
    let greeted = tokio::time::timeout(Duration::from_secs(30), greetings).await;
    greeted.expect("each host greets");
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    for app in [beside, one, other] {
        app.finish().await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_once_and_stops_nothing() {
    let nats = Nats::start().await;
    let url = nats.url().replace(nats.password(), "hunter3");
    let app = App::build().set("CLOISTER_NATS_URL", url);
    let (mut app, _callback, channel) = crate::serving_with(app, "echo").await;
    channel.say("U1", "hello").await;
    wait_for(LONG, "the host to tell", async || {
        (complaints(&mut app) > 0).then_some(())
    })
    .await;
    assert_eq!(conversations(&app, &channel).await.len(), 1);
    let said = app.process().said();
    assert!(said.contains("authorization violation"), "{said}");
    assert!(!said.contains("hunter3"), "{said}");
    assert_eq!(complaints(&mut app), 1);
    app.finish().await;
}
