//! Hosts tell each other what changed, beside the tables.

use std::time::Duration;

use serde_json::json;
use store::notices::{self, Listener};
use tests::{App, Callback};

use super::conversations;

/// A host of which there is nothing but its row and what it says.
const OTHER: &str = "01900000-0000-7000-8000-000000000001";

async fn store(app: &App) -> store::Store {
    store::Store::connect(&app.database().url(), 2)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_changes_here_is_told_to_other_hosts_and_to_none_where_there_is_none() {
    let app = App::start().await;
    let callback = Callback::start().await;
    let channel = app.owner().channel("echo", &callback.url()).await;
    let store = store(&app).await;
    let mut listener = Listener::open(&store).await.unwrap();
    channel.say("U1", "alone").await;
    // The first to be heard is the test's own: the host has said nothing.
    notices::send(&store, &[OTHER.to_owned()]).await.unwrap();
    let mut next = async || {
        let heard = tokio::time::timeout(Duration::from_secs(30), listener.next()).await;
        heard.expect("a notice within half a minute").unwrap()
    };
    assert_eq!(next().await, OTHER);

    let add = "INSERT INTO hosts (id, instance, alive_until) VALUES ($1::text::uuid, gen_random_uuid(), now() + interval '1 hour')";
    app.database().rows(add, &[&OTHER]).await;
    let id = conversations(&app, &channel)
        .await
        .remove(0)
        .replace('-', "");
    channel.say("U1", "in company").await;
    let changed = format!("c{id}");
    loop {
        let notice = next().await;
        assert!(!notice.contains("in company"), "{notice}");
        if notice.contains(&changed) {
            break;
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn what_another_host_says_reaches_those_who_watch_here_also_after_a_break() {
    let app = App::start().await;
    let visitor = crate::web_chat::widget_of(&app).await.open(json!({})).await;
    let mut stream = visitor.watch(None).await;
    let taken = visitor.say("m-1", "hello").await;
    stream.messages(2).await;
    let id = taken["conversation_id"].as_str().map(str::to_owned);
    let id = match id {
        Some(id) => id,
        None => {
            let rows = app
                .database()
                .rows("SELECT id::text FROM conversations", &[])
                .await;
            rows[0].get(0)
        }
    };
    let store = store(&app).await;
    let typing = [format!("{OTHER} t{}", id.replace('-', ""))];
    notices::send(&store, &typing).await.unwrap();
    assert_eq!(stream.next().await.unwrap().name, "typing");

    // The host greets the others once it listens again.
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
        WHERE datname = current_database() AND query = 'LISTEN cloister'";
    assert_eq!(app.database().count(cut).await, 1);
    let mut listener = Listener::open(&store).await.unwrap();
    let hosts = app.database().rows("SELECT id::text FROM hosts", &[]).await;
    let host = hosts[0].get::<_, &str>(0).replace('-', "");
    let greeted = async { while listener.next().await.unwrap() != host {} };
    tokio::time::timeout(Duration::from_secs(30), greeted)
        .await
        .expect("the host listens again within half a minute");
    notices::send(&store, &typing).await.unwrap();
    assert_eq!(stream.next().await.unwrap().name, "typing");
    drop(stream);
    app.finish().await;
}
