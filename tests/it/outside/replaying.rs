//! Turns that reached outside, run again: what came of it then comes of it now, and no one is asked.

use serde_json::{Value, json};

use super::Outside;
use super::secrets::with_secret;
use crate::guest;
use crate::replays::{newest_turn, replay};

/// The same agent as other bytes: a section more, which says nothing.
fn other() -> Vec<u8> {
    let mut other = guest("oblige");
    other.extend(b"\x00\x06\x05other");
    other
}

#[tokio::test]
async fn a_request_has_the_same_answer_again_and_no_one_is_asked() {
    let outside = with_secret().await;
    let url = outside.server.url("/v1");
    let headers = "content-type=text/plain&authorization=Bearer+{{secret:key}}";
    let said = outside
        .say(&format!("fetch POST {url} {headers} x*70000"))
        .await;
    assert!(said.starts_with("200 [Bearer {{secret:key}}]"), "{said}");
    let turn = newest_turn(&outside.app).await;
    let listed = outside.say("secrets").await;
    let list = newest_turn(&outside.app).await;
    let asked = outside.server.asked().len();
    for module in [None, Some(other())] {
        let module = module.as_deref();
        let same = replay(&outside.app, &turn, module).await;
        assert_eq!(same["verdict"], "SAME", "{same}");
        assert_eq!(same["diff"], json!([format!("  {said}")]));
        let same = replay(&outside.app, &list, module).await;
        assert_eq!(same["verdict"], "SAME", "{same}");
        assert_eq!(same["diff"], json!([format!("  {listed}")]));
    }
    assert_eq!(outside.server.asked().len(), asked);
    outside.app.finish().await;
}

#[tokio::test]
async fn a_request_without_an_answer_has_none_again() {
    let outside = Outside::start().await;
    let elsewhere = "fetch GET https://elsewhere.example/";
    let slow = format!("wait {}", outside.server.url("/slow"));
    let cut = format!("fetch GET {}", outside.server.url("/cut"));
    for (text, told) in [
        (elsewhere, "Denied: "),
        (&slow, "200, TimedOut"),
        (&cut, "Cut: "),
    ] {
        let said = outside.say(text).await;
        assert!(said.starts_with(told), "{said}");
        let turn = newest_turn(&outside.app).await;
        for module in [None, Some(other())] {
            let same = replay(&outside.app, &turn, module.as_deref()).await;
            assert_eq!(same["verdict"], "SAME", "{same}");
            assert_eq!(same["diff"], json!([format!("  {said}")]));
        }
    }
    outside.app.finish().await;
}

#[tokio::test]
async fn what_the_turn_did_not_request_is_not_known() {
    let outside = Outside::start().await;
    outside.get("/v1").await;
    let turn = newest_turn(&outside.app).await;
    outside.app.database().settled().await;
    let forget = "UPDATE turns SET host_calls = 0";
    outside.app.database().rows(forget, &[]).await;
    let forget = "DELETE FROM recordings";
    outside.app.database().rows(forget, &[]).await;
    let asked = outside.server.asked().len();
    let unanswered = replay(&outside.app, &turn, Some(&other())).await;
    assert_eq!(unanswered["verdict"], "UNANSWERED", "{unanswered}");
    let why = unanswered["why"].as_str().unwrap();
    let url = outside.server.url("/v1");
    assert!(why.starts_with(&format!("It requests GET {url}")), "{why}");
    // Its own module does not go another way unseen, either.
    let diverged = replay(&outside.app, &turn, None).await;
    assert_eq!(diverged["verdict"], "DIVERGED", "{diverged}");
    assert_ne!(diverged["why"], Value::Null);
    assert_eq!(outside.server.asked().len(), asked);
    outside.app.finish().await;
}
