//! Subscriptions, with the npm package `graphql-ws` as the client.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::node::Script;
use tests::{App, wait_for};

fn address(app: &App) -> String {
    app.url("/graphql").replacen("http", "ws", 1)
}

async fn next(script: &mut Script) -> Value {
    serde_json::from_str(&script.line().await).unwrap()
}

#[tokio::test]
async fn what_is_said_arrives_in_order_and_once() {
    let (mut app, _callback, channel) = crate::serving("echo").await;
    channel.say("U1", "before").await;
    let query = "query($id: ID!) { channel(id: $id) { conversations { nodes { id } } } }";
    let data = super::ask(&app, query, json!({ "id": channel.id })).await;
    let conversation = data["channel"]["conversations"]["nodes"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let owner = app.owner();
    let mut script = Script::start(
        "subscribe.cjs",
        &[&address(&app), owner.token(), &conversation],
    );

    // It watches from some moment on: what is said is heard from then on, without a gap.
    let mut heard = Vec::new();
    let mut said = 0;
    let first = {
        let first = script.line();
        tokio::pin!(first);
        loop {
            let text = format!("m{said}");
            said += 1;
            tokio::select! {
                line = &mut first => break line,
                _ = channel.say("U1", &text) => {}
            }
        }
    };
    heard.push(serde_json::from_str::<Value>(&first).unwrap());
    channel.say("U1", "last").await;
    while heard.last().unwrap()["data"]["messageAdded"]["text"] != "last"
        || heard.last().unwrap()["data"]["messageAdded"]["direction"] != "OUTBOUND"
    {
        heard.push(next(&mut script).await);
    }
    let entries: Vec<(String, bool)> = heard
        .iter()
        .map(|answer| {
            let message = &answer["data"]["messageAdded"];
            assert!(message["turn"]["id"].is_string(), "{answer}");
            let is_inbound = message["direction"] == "INBOUND";
            assert_eq!(
                message["contact"]["platformUserId"] == "U1",
                is_inbound,
                "{answer}"
            );
            (message["text"].as_str().unwrap().to_owned(), is_inbound)
        })
        .collect();
    let all = app.database().log().await;
    let all: Vec<(String, bool)> = all
        .into_iter()
        .map(|entry| (entry.text, entry.inbound))
        .collect();
    assert_eq!(
        entries,
        all[all.len() - entries.len()..],
        "a gap, a repetition, or another order"
    );

    // A host that stops says so.
    assert_eq!(app.terminate().await, tests::process::Ended::Code(0));
    loop {
        let line = next(&mut script).await;
        if line["closed"] == 1001 {
            assert_eq!(line["reason"], "the host is stopping");
            break;
        }
    }
}

#[tokio::test]
async fn a_socket_is_for_those_who_say_who_they_are() {
    let app = App::start().await;
    let closed = async |token: &str, conversation: &str| {
        let mut script = Script::start("subscribe.cjs", &[&address(&app), token, conversation]);
        wait_for(tests::wait::LONG, "the end", async || {
            let line = next(&mut script).await;
            (line["closed"].is_number() || line["error"].is_array()).then_some(line)
        })
        .await
    };
    assert_eq!(closed("", "x").await["closed"], 4403);
    assert_eq!(closed("clt_wrong", "x").await["closed"], 4403);
    let owner = app.owner();
    let refused = closed(owner.token(), "cnv_00000000000000000000000000000000").await;
    assert_eq!(
        refused["error"][0]["extensions"]["code"], "not_found",
        "{refused}"
    );

    // Another site's page may not use the browser's session.
    let upgrade = app
        .http()
        .get(app.url("/graphql"))
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")
        .header("sec-websocket-protocol", "graphql-transport-ws")
        .header("origin", "https://evil.example");
    assert_eq!(
        upgrade.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    app.finish().await;
}
