//! Calls before which a person is asked: the turn waits, whatever becomes of the host, until they have said yes or no.

use std::time::Duration;

use serde_json::{Value, json};
use tests::fakes::mcp::Mcp;
use tests::process::Ended;
use tests::wait::{LONG, wait_for};
use tests::{App, Callback};

use super::{Using, connect, worked};

const CALL: &str = r#"use far__say {"text": "hello"}"#;
const ASKED: &str = "May I use far__say with this?\n{\"text\": \"hello\"}\nAnswer yes or no.";
const WAITING: &str = "{ waitingToolCalls { nodes { id name arguments status agent { name } } } }";

/// An agent whose server's tools nobody calls without having been asked.
async fn careful(app: tests::app::Builder) -> (Using, Mcp) {
    let (using, server) = (Using::of(app).await, Mcp::start().await);
    let input = json!({ "name": "far", "url": server.url(), "approvals": ["*"] });
    connect(&using.app.owner(), input).await;
    (using, server)
}

/// The next message that comes after so many.
async fn next(callback: &Callback, after: usize) -> String {
    callback.wait_for(after + 1).await[after].text()
}

async fn waiting(using: &Using) -> Vec<Value> {
    let answer = using.app.owner().graphql(WAITING, json!({})).await;
    let nodes = &worked(answer, "waitingToolCalls")["nodes"];
    nodes.as_array().unwrap().clone()
}

async fn decide(using: &Using, how: &str, id: &Value) -> Value {
    let query = format!("mutation($id: ID!) {{ {how}(id: $id) {{ status }} }}");
    using.app.owner().graphql(&query, json!({ "id": id })).await
}

#[tokio::test]
async fn a_person_says_yes_in_the_chat() {
    let (using, server) = careful(App::build()).await;
    assert_eq!(using.say("tools").await, "far__say?");
    assert_eq!(using.say(CALL).await, ASKED);
    assert_eq!(server.times("tools/call"), 0);
    // Whoever says yes is heard by no agent.
    assert_eq!(using.say("Yes!").await, "");
    assert_eq!(next(&using.callback, 0).await, "\"hello\" (hello)");
    assert_eq!(server.times("tools/call"), 1);
    let log = using.app.database().log().await;
    let texts: Vec<_> = log.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(&texts[2..], [CALL, ASKED, "Yes!", "\"hello\" (hello)"]);
    // The next call is asked about anew.
    assert_eq!(using.say(CALL).await, ASKED);
    using.say("да").await;
    assert_eq!(next(&using.callback, 1).await, "\"hello\" (hello)");
    using.app.finish().await;
}

#[tokio::test]
async fn a_person_says_no_or_goes_on_to_something_else() {
    let (using, server) = careful(App::build()).await;
    let declined = "Declined: The person who was asked did not allow this call.";
    using.say(CALL).await;
    using.say("no").await;
    assert_eq!(next(&using.callback, 0).await, declined);

    // What is neither is no, and is heard after it.
    using.say(CALL).await;
    assert_eq!(
        using.say("What is the weather?").await,
        "What is the weather?"
    );
    assert_eq!(next(&using.callback, 1).await, declined);
    assert_eq!(server.times("tools/call"), 0);
    using.app.finish().await;
}

#[tokio::test]
async fn a_button_says_so_too() {
    let (using, server) = careful(App::build()).await;
    using.say(CALL).await;
    let call = &waiting(&using).await[0]["id"];
    let uuid = "SELECT id::text FROM tool_calls WHERE status = 'asked'";
    let uuid: String = using.app.database().rows(uuid, &[]).await[0].get(0);
    assert!(call.as_str().unwrap().starts_with("tcl_"));
    using.say(&format!("allow {uuid}")).await;
    assert_eq!(next(&using.callback, 0).await, "\"hello\" (hello)");
    assert_eq!(server.times("tools/call"), 1);
    using.app.finish().await;
}

#[tokio::test]
async fn the_owner_says_so_over_graphql() {
    let (using, server) = careful(App::build()).await;
    using.say(CALL).await;
    let calls = waiting(&using).await;
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0]["name"], "far__say");
    assert_eq!(calls[0]["arguments"], "{\"text\": \"hello\"}");
    assert_eq!(calls[0]["agent"]["name"], "oblige");
    let approved = decide(&using, "approveToolCall", &calls[0]["id"]).await;
    assert_eq!(
        approved["data"]["approveToolCall"]["status"], "APPROVED",
        "{approved}"
    );
    assert_eq!(next(&using.callback, 0).await, "\"hello\" (hello)");
    assert!(waiting(&using).await.is_empty());
    let again = decide(&using, "declineToolCall", &calls[0]["id"]).await;
    assert_eq!(
        again["errors"][0]["extensions"]["code"], "conflict",
        "{again}"
    );

    using.say(CALL).await;
    let calls = waiting(&using).await;
    decide(&using, "declineToolCall", &calls[0]["id"]).await;
    let told = next(&using.callback, 1).await;
    assert_eq!(told, "Declined: The owner did not allow this call.");
    assert_eq!(server.times("tools/call"), 1);
    let log = using
        .app
        .owner()
        .graphql("{ auditLog { nodes { action } } }", json!({}))
        .await
        .to_string();
    assert!(
        log.contains("approveToolCall") && log.contains("declineToolCall"),
        "{log}"
    );
    using.app.finish().await;
}

#[tokio::test]
async fn a_turn_that_waits_outlives_its_host() {
    let (mut using, server) = careful(App::build()).await;
    assert_eq!(using.say(CALL).await, ASKED);
    using.app.kill().await;
    using.app.restart().await;
    assert_eq!(waiting(&using).await.len(), 1);
    // Nothing is asked twice, and what was said while no host was there counts.
    assert_eq!(using.say("yes").await, "");
    assert_eq!(next(&using.callback, 0).await, "\"hello\" (hello)");
    assert_eq!(server.times("tools/call"), 1);
    using.app.finish().await;
}

#[tokio::test]
async fn a_host_that_dies_at_the_question_or_at_the_answer_asks_and_calls_once() {
    let (mut using, server) = careful(App::build()).await;
    for (point, text) in [("turn.parked", CALL), ("tool.kept", "yes")] {
        assert_eq!(using.app.terminate().await, Ended::Code(0));
        using.app.set("CLOISTER_FAULT", Some(point));
        using.app.restart().await;
        let body = tests::channel::message("U1", text);
        let channel = using.channel.clone();
        let (_, died) = tokio::join!(channel.try_send(&body), using.app.died());
        assert_eq!(died, Ended::Signal(9), "{point}");
        using.app.set("CLOISTER_FAULT", None);
        using.app.restart().await;
    }
    let all = async || {
        let log = using.app.database().log().await;
        let texts: Vec<String> = log.into_iter().map(|entry| entry.text).collect();
        (texts.len() >= 4).then_some(texts)
    };
    let texts = wait_for(LONG, "the answer", all).await;
    assert_eq!(texts, [CALL, ASKED, "yes", "\"hello\" (hello)"]);
    assert_eq!(server.times("tools/call"), 1);
    using.app.finish().await;
}

#[tokio::test]
async fn nobody_is_waited_for_without_end() {
    let (using, server) = careful(App::build().set("CLOISTER_APPROVAL_SECONDS", "1")).await;
    using.say(CALL).await;
    let told = next(&using.callback, 0).await;
    assert_eq!(told, "Declined: Nobody allowed this call in time.");
    assert_eq!(server.times("tools/call"), 0);
    using.app.finish().await;
}

#[tokio::test]
async fn other_conversations_go_on_meanwhile() {
    let (using, _server) = careful(App::build()).await;
    using.say(CALL).await;
    assert_eq!(using.channel.say("U2", "hello").await.concat(), "hello");
    // Nor can someone else say yes in their own.
    assert_eq!(using.channel.say("U2", "yes").await.concat(), "yes");
    assert_eq!(waiting(&using).await.len(), 1);
    using.say("yes").await;
    next(&using.callback, 0).await;
    using.app.finish().await;
}

#[tokio::test]
async fn people_who_take_over_end_the_waiting() {
    let (using, server) = careful(App::build()).await;
    using.say(CALL).await;
    let id = "SELECT conversation_id::text FROM tool_calls WHERE status = 'asked'";
    let id: String = using.app.database().rows(id, &[]).await[0].get(0);
    let take = "mutation($id: ID!) { takeOverConversation(id: $id) { id } }";
    worked(
        using.app.owner().graphql(take, json!({ "id": id })).await,
        "takeOverConversation",
    );
    let over = async || waiting(&using).await.is_empty().then_some(());
    wait_for(LONG, "the call to wait no more", over).await;
    let back = "mutation($id: ID!) { handBackConversation(id: $id) { id } }";
    worked(
        using.app.owner().graphql(back, json!({ "id": id })).await,
        "handBackConversation",
    );
    assert_eq!(using.say("yes").await, "yes");
    assert_eq!(server.times("tools/call"), 0);
    using.app.finish().await;
}

#[tokio::test]
async fn calls_that_were_made_before_are_not_made_again() {
    let using = Using::start().await;
    let server = Mcp::start().await;
    let input = json!({ "name": "far", "url": server.url() });
    let free = connect(&using.app.owner(), input).await;
    using.handy(json!({ "approvals": ["say"] })).await;
    assert!(free["id"].is_string());
    // One that needs no leave, and one that does, in one turn.
    let both = using.say(r#"both far__say handy__say {"text": "x"}"#).await;
    assert!(both.starts_with("May I use handy__say"), "{both}");
    assert_eq!(server.times("tools/call"), 1);
    using.say("ok").await;
    assert_eq!(
        next(&using.callback, 0).await,
        "\"x\" (x), {\"text\":\"x\"} (x)"
    );
    assert_eq!(server.times("tools/call"), 1);
    tokio::time::timeout(Duration::from_secs(20), using.app.finish())
        .await
        .unwrap();
}
