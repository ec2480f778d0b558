//! The journal: a turn that is run again calls no tool twice.

use serde_json::json;
use tests::Callback;
use tests::fakes::mcp::{Act, Mcp};
use tests::process::Ended;

use super::{POINTS, Using, allow};

/// The host dies where it has an answer and the agent does not have it yet, and goes on.
async fn killed(using: &mut Using, times: u32, text: &str) -> String {
    killed_at(using, &format!("{}:{times}", POINTS[0]), text).await
}

async fn killed_at(using: &mut Using, fault: &str, text: &str) -> String {
    assert_eq!(using.app.terminate().await, Ended::Code(0));
    using.app.set("CLOISTER_FAULT", Some(fault));
    using.app.restart().await;
    let body = tests::channel::message("U1", text);
    let channel = using.channel.clone();
    let (sent, died) = tokio::join!(channel.try_send(&body), using.app.died());
    assert!(sent.is_err(), "{sent:?}");
    assert_eq!(died, Ended::Signal(9));
    using.app.set("CLOISTER_FAULT", None);
    using.app.restart().await;
    let delivery = using.callback.wait_for(1).await[0].json();
    delivery["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_host_that_dies_with_an_answer_does_not_call_again() {
    let mut using = Using::start().await;
    let server = Mcp::start().await;
    using.connected(&server).await;
    let told = killed(&mut using, 1, r#"use far__say {"text": "once"}"#).await;
    assert_eq!(told, "\"once\" (once)");
    assert_eq!(server.times("tools/call"), 1);
    using.app.finish().await;
}

#[tokio::test]
async fn each_answer_is_found_in_its_place() {
    let mut using = Using::start().await;
    let server = Mcp::start().await;
    using.connected(&server).await;
    let answers =
        [1, 2, 3].map(|number| Act::Result(json!({ "content": [], "structuredContent": number })));
    server.next("tools/call", answers);
    // After the second of three.
    let told = killed(&mut using, 2, "uses 3 far__say").await;
    assert_eq!(told, "1, 2, 3");
    assert_eq!(server.times("tools/call"), 3);
    using.app.finish().await;
}

#[tokio::test]
async fn a_failure_is_an_answer_too() {
    let mut using = Using::start().await;
    let server = Mcp::start().await;
    using.connected(&server).await;
    server.next("tools/call", [Act::Error(-32000, "half done")]);
    let told = killed(&mut using, 1, "use far__say").await;
    assert_eq!(told, "Failed: The server `far` says: half done.");
    assert_eq!(server.times("tools/call"), 1);
    using.app.finish().await;
}

#[tokio::test]
async fn a_call_of_a_module_is_known_by_its_id() {
    let mut using = Using::start().await;
    using.handy(json!({})).await;
    let told = killed(&mut using, 2, "uses 2 handy__call_id").await;
    let ids: Vec<&str> = told.split(", ").collect();
    assert_ne!(ids[0], ids[1]);
    let kept = "SELECT id::text FROM tool_calls WHERE name IS NOT NULL ORDER BY call";
    let kept = using.app.database().rows(kept, &[]).await;
    for (told, kept) in ids.iter().zip(&kept) {
        let id: String = kept.get(0);
        assert!(told.contains(&id), "{told}: {id}");
    }
    using.app.finish().await;
}

#[tokio::test]
async fn what_a_tool_has_ordered_is_not_ordered_again() {
    let mut using = Using::start().await;
    using.handy(json!({ "capabilities": ["http"] })).await;
    let orders = Callback::start().await;
    let url = orders.url();
    let host = url.strip_prefix("http://").unwrap();
    let host = host.split('/').next().unwrap();
    let terms = json!({ "hosts": [host] });
    allow(&using.app.owner(), "oblige", "http", terms).await;
    // The tool is called again: the host died before it had answered.
    let text = format!(r#"use handy__fetch {{"text": "POST {url}"}}"#);
    let told = killed_at(&mut using, "http.kept:1", &text).await;
    assert!(told.contains("200 "), "{told}");
    assert_eq!(orders.received().len(), 1);
    // It is no request of the agent's own.
    let kept = "SELECT count(*) FROM http_answers WHERE tool_call >= 0";
    assert_eq!(using.app.database().count(kept).await, 1);
    using.app.finish().await;
}

#[tokio::test]
async fn answers_have_their_time() {
    let mut using = Using::start().await;
    using.handy(json!({})).await;
    using.say(r#"use handy__say {"text": "x"}"#).await;
    let database = using.app.database();
    assert_eq!(database.count("SELECT count(*) FROM tool_calls").await, 1);
    let age = "UPDATE tool_calls SET created_at = now() - interval '8 days'";
    database.rows(age, &[]).await;
    // It is cleaned when a host starts.
    assert_eq!(using.app.terminate().await, Ended::Code(0));
    using.app.restart().await;
    let gone = async || {
        let left = using
            .app
            .database()
            .count("SELECT count(*) FROM tool_calls")
            .await;
        (left == 0).then_some(())
    };
    tests::wait_for(tests::wait::LONG, "the journal to be empty", gone).await;
    using.app.finish().await;
}
