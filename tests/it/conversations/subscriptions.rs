//! Subscriptions: what happens, as it happens, for those who may see it.

use serde_json::{Value, json};
use store::notices;
use tests::socket::Came;
use tests::{App, Channel, Socket};

use super::{agent_id, conversations, data};

/// Base64 of 32 bytes; hosts that share a database share the key.
pub(super) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// A host of which there is nothing but what it says.
const OTHER: &str = "01900000-0000-7000-8000-000000000001";
pub(super) const MESSAGES: &str = "subscription($id: ID!, $after: ID) { \
    messageAdded(conversationId: $id, after: $after) { text direction } }";
const SEND: &str =
    "mutation($id: ID!) { sendMessage(conversationId: $id, text: \"A person.\") { id } }";

/// A conversation in which one thing was said, and the id of that.
pub(super) async fn begun(app: &App, channel: &Channel) -> (String, String) {
    channel.say("U1", "begin").await;
    let id = conversations(app, channel).await.remove(0);
    let first = "SELECT id::text FROM messages ORDER BY sequence LIMIT 1";
    let rows = app.database().rows(first, &[]).await;
    (id, rows[0].get(0))
}

/// What was said in the only conversation, after its first entry: text and way.
pub(super) async fn log(app: &App) -> Vec<(String, bool)> {
    let log = app.database().log().await.into_iter().skip(1);
    log.map(|entry| (entry.text, entry.inbound)).collect()
}

/// What comes on a socket, so many messages.
pub(super) async fn heard(socket: &mut Socket, count: usize) -> Vec<(String, bool)> {
    let mut heard = Vec::new();
    while heard.len() < count {
        let data = socket.data().await;
        let message = &data["messageAdded"];
        let text = message["text"].as_str().unwrap().to_owned();
        heard.push((text, message["direction"] == "INBOUND"));
    }
    heard
}

pub(super) async fn talk(channel: &Channel, count: usize) {
    for number in 0..count {
        channel.say("U1", &format!("text {number}")).await;
    }
}

/// Does something again and again until the wanted thing comes: whoever watches starts at a moment of its own.
async fn until(
    socket: &mut Socket,
    mut act: impl AsyncFnMut(),
    mut wanted: impl FnMut(&Value) -> bool,
) -> Value {
    loop {
        let came = {
            let coming = socket.data();
            tokio::pin!(coming);
            loop {
                tokio::select! {
                    came = &mut coming => break came,
                    () = act() => {}
                }
            }
        };
        if wanted(&came) {
            return came;
        }
    }
}

#[tokio::test]
async fn everyone_gets_every_message_in_order_and_none_twice() {
    let (app, _callback, channel) = crate::serving("echo").await;
    let (id, first) = begun(&app, &channel).await;
    let token = app.owner().token().to_owned();
    let after = json!({ "id": id, "after": first });
    let mut sockets = Vec::new();
    for _ in 0..12 {
        let mut socket = Socket::open(&app, &token).await;
        socket.subscribe(MESSAGES, after.clone()).await;
        sockets.push(socket);
    }
    // One who comes in the middle, and two subscriptions on one socket.
    let late = async {
        let mut socket = Socket::open(&app, &token).await;
        socket.subscribe(MESSAGES, after.clone()).await;
        heard(&mut socket, 81).await
    };
    let early = sockets.iter_mut().map(|socket| heard(socket, 81));
    let early = futures_util::future::join_all(early);
    let (early, late, ()) = tokio::join!(early, late, talk(&channel, 40));

    let log = log(&app).await;
    assert_eq!(log.len(), 81);
    assert_eq!(late, log);
    assert!(early.iter().all(|one| *one == log), "{early:?}");
    drop(sockets);
    app.finish().await;
}

#[tokio::test]
async fn what_is_said_on_one_host_is_seen_on_another() {
    let first = App::build().set("CLOISTER_MASTER_KEY", KEY);
    let (first, _callback, channel) = crate::serving_with(first, "echo").await;
    let second = App::build()
        .set("CLOISTER_MASTER_KEY", KEY)
        .beside(&first)
        .start()
        .await;
    let (id, begin) = begun(&first, &channel).await;
    let mut socket = Socket::open(&second, first.owner().token()).await;
    socket
        .subscribe(MESSAGES, json!({ "id": id, "after": begin }))
        .await;
    let (heard, ()) = tokio::join!(heard(&mut socket, 41), talk(&channel, 20));
    assert_eq!(heard, log(&first).await);
    drop(socket);
    second.finish().await;
    first.finish().await;
}

#[tokio::test]
async fn a_turn_is_seen_when_it_is_queued_and_when_it_is_over() {
    let (app, _callback, channel) = crate::serving("oblige").await;
    let (id, _) = begun(&app, &channel).await;
    let query = "subscription($id: ID, $agent: String) { turnChanged(conversationId: $id, agent: $agent) { id status } }";
    for variables in [json!({ "id": id }), json!({ "agent": "oblige" })] {
        let mut socket = Socket::open(&app, app.owner().token()).await;
        socket.subscribe(query, variables).await;
        let is = |data: &Value, status: &str| {
            let told = data["turnChanged"]["status"].as_str().unwrap_or_default();
            told.eq_ignore_ascii_case(status)
        };
        let act = async || {
            channel.say("U1", "compute 100").await;
        };
        let queued = until(&mut socket, act, |data| is(data, "queued")).await;
        let turn = &queued["turnChanged"]["id"];
        let done = until(
            &mut socket,
            async || std::future::pending::<()>().await,
            |data| is(data, "done") && data["turnChanged"]["id"] == *turn,
        );
        done.await;
    }
    app.finish().await;
}

#[tokio::test]
async fn deliveries_and_channels_are_seen_as_they_change() {
    let (app, _callback, channel) = crate::serving("echo").await;
    let (id, _) = begun(&app, &channel).await;
    let mut deliveries = Socket::open(&app, app.owner().token()).await;
    let query = "subscription($id: ID!) { deliveryChanged(channelId: $id) { status } }";
    deliveries
        .subscribe(query, json!({ "id": channel.id }))
        .await;
    let send = async || {
        data(app.owner().graphql(SEND, json!({ "id": id })).await);
    };
    let status_is = |data: &Value, field: &str, status: &str| {
        let told = data[field]["status"].as_str().unwrap_or_default();
        told.eq_ignore_ascii_case(status)
    };
    until(&mut deliveries, send, |data| {
        status_is(data, "deliveryChanged", "delivered")
    })
    .await;

    let mut channels = Socket::open(&app, app.owner().token()).await;
    let projects = app
        .database()
        .rows("SELECT id::text FROM projects", &[])
        .await;
    let project: &str = projects[0].get(0);
    let query =
        "subscription($project: String!) { channelStatusChanged(project: $project) { status } }";
    channels
        .subscribe(query, json!({ "project": project }))
        .await;
    // Another host finds it out of order, and in order again, as often as it takes to be seen.
    let store = store::Store::connect(&app.database().url(), 2)
        .await
        .unwrap();
    let notice = [format!("{OTHER} h{}", project.replace('-', ""))];
    let flip =
        "UPDATE channels SET status = CASE status WHEN 'active' THEN 'error' ELSE 'active' END";
    let act = async || {
        app.database().rows(flip, &[]).await;
        notices::send(&store, &notice).await.unwrap();
    };
    until(&mut channels, act, |data| {
        status_is(data, "channelStatusChanged", "error")
    })
    .await;
    app.database()
        .rows("UPDATE channels SET status = 'active'", &[])
        .await;
    drop((deliveries, channels));
    app.finish().await;
}

#[tokio::test]
async fn a_line_of_an_agents_log_is_seen_wherever_it_was_written() {
    let (app, _callback, _channel) = crate::serving("echo").await;
    let agent = agent_id(&app, "echo").await;
    let rows = app
        .database()
        .rows(
            "SELECT organization_id::text, id::text FROM agents WHERE name = 'echo'",
            &[],
        )
        .await;
    let (owner, id): (&str, &str) = (rows[0].get(0), rows[0].get(1));
    let store = store::Store::connect(&app.database().url(), 2)
        .await
        .unwrap();
    let mut socket = Socket::open(&app, app.owner().token()).await;
    let query = "subscription($agent: String!) { agentLogLine(agent: $agent) { message } }";
    socket.subscribe(query, json!({ "agent": agent })).await;
    let write = async || {
        let line = store::agent_log::NewLogLine {
            turn_id: None,
            level: "info".into(),
            message: "someone is here".into(),
            fields: None,
        };
        let (owner, id) = (owner.parse().unwrap(), id.parse().unwrap());
        store::agent_log::write(&store, owner, id, vec![line])
            .await
            .unwrap();
        let notice = format!("{OTHER} l{}", id.to_string().replace('-', ""));
        notices::send(&store, &[notice]).await.unwrap();
    };
    let line = until(&mut socket, write, |_| true).await;
    assert_eq!(line["agentLogLine"]["message"], "someone is here");
    drop(socket);
    app.finish().await;
}

#[tokio::test]
async fn who_may_no_longer_see_it_is_told_so() {
    let (app, _callback, channel) = crate::serving("echo").await;
    let (id, first) = begun(&app, &channel).await;
    let mut socket = Socket::open(&app, app.owner().token()).await;
    let nothing = json!({ "id": "01900000-0000-7000-8000-000000000000" });
    socket.subscribe(MESSAGES, nothing).await;
    assert_eq!(code(socket.next().await.1), "not_found");
    let mut socket = Socket::open(&app, app.owner().token()).await;
    socket
        .subscribe(MESSAGES, json!({ "id": id, "after": first }))
        .await;
    assert_eq!(heard(&mut socket, 1).await, [("begin".to_owned(), false)]);
    app.database().rows("DELETE FROM members", &[]).await;
    // Nothing tells the host: it asks by itself.
    assert_eq!(code(socket.next().await.1), "forbidden");
    drop(socket);
    app.finish().await;
}

fn code(came: Came) -> String {
    let Came::Error(errors) = came else {
        panic!("{came:?}");
    };
    errors[0]["extensions"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_answer_is_followed_as_it_grows() {
    let (app, _callback, channel) = crate::serving("oblige").await;
    let (id, _) = begun(&app, &channel).await;
    let mut socket = Socket::open(&app, app.owner().token()).await;
    let query = "subscription($id: ID!) { replyProgress(conversationId: $id) { text } }";
    socket.subscribe(query, json!({ "id": id })).await;
    let act = async || drop(channel.say("U1", "draft the whole answer").await);
    let wanted = |text: &str| json!({ "replyProgress": { "text": text } });
    let first = wanted("Let me see");
    until(&mut socket, act, |came| *came == first).await;
    assert_eq!(socket.data().await, wanted("Let me see: the whole answer"));
    app.finish().await;
}
