//! Our client, against a server of the npm package `@modelcontextprotocol/sdk`: with sessions, and a list in pages.

use serde_json::{Value, json};
use tests::node::Script;

use super::{Using, connect};

#[tokio::test]
async fn a_server_that_we_did_not_write_is_understood() {
    let using = Using::start().await;
    let mut peer = Script::start("mcp_server.cjs", &[]);
    let line: Value = serde_json::from_str(&peer.line().await).unwrap();
    let url = format!("http://127.0.0.1:{}/mcp", line["port"]);
    let header = json!({ "value": "Bearer hunter2-hunter2" });
    connect(
        &using.app.owner(),
        json!({ "name": "peer", "url": url, "header": header }),
    )
    .await;
    let all = using.say("tools").await;
    let names: Vec<&str> = all.lines().collect();
    assert_eq!(names.len(), 5, "{all}");
    assert_eq!(
        [names[0], names[2], names[4]],
        ["peer__add", "peer__fail", "peer__picture"]
    );
    assert!(names[1].starts_with("peer__say_again_"), "{all}");

    assert_eq!(
        using.say(r#"use peer__add {"a": 2, "b": 3}"#).await,
        r#"{"sum":5} (5)"#
    );
    let again = format!(r#"use {} {{"text": "hello"}}"#, names[1]);
    assert_eq!(using.say(&again).await, "\"hello\" (hello)");
    assert_eq!(using.say("use peer__fail").await, "Failed: it went wrong");
    assert_eq!(
        using.say("use peer__whoami").await,
        "\"asked with Bearer [hidden]\" (asked with Bearer [hidden])"
    );
    assert!(
        using
            .say("use peer__picture")
            .await
            .contains("[an image, image/png]")
    );
    let closed = async {
        loop {
            let line: Value = serde_json::from_str(&peer.line().await).unwrap();
            if line["closed"] == true {
                return;
            }
        }
    };
    // A turn that is over leaves no session behind.
    closed.await;
    using.app.finish().await;
}
