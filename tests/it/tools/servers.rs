//! Tools of servers that speak MCP.

use serde_json::{Value, json};
use tests::Callback;
use tests::fakes::mcp::{Act, Mcp};
use tests::process::Ended;

use super::{Using, connect, try_connect, update};

#[tokio::test]
async fn tools_of_servers_and_modules_are_one_list() {
    let using = Using::start().await;
    let server = Mcp::start().await;
    using.connected(&server).await;
    using.handy(json!({})).await;
    let all = using.say("tools").await;
    assert!(all.starts_with("far__say\nhandy__say\n"), "{all}");
    let answer = using.say(r#"use far__say {"text": "hello"}"#).await;
    assert_eq!(answer, "\"hello\" (hello)");
    let asked = server.asked();
    let call = asked
        .iter()
        .find(|asked| asked.method == "tools/call")
        .unwrap();
    assert_eq!(call.params["name"], "say");
    assert_eq!(call.params["arguments"], json!({ "text": "hello" }));
    // The list is not asked for at every turn.
    assert_eq!(server.times("tools/list"), 1);
    // Arguments that break the schema do not leave the host.
    assert!(
        using
            .say(r#"use far__say {"text": 1}"#)
            .await
            .starts_with("Invalid: ")
    );
    assert_eq!(server.times("tools/call"), 1);
    using.app.finish().await;
}

#[tokio::test]
async fn what_a_server_is_asked_with_is_seen_by_no_one() {
    let mut using = Using::start().await;
    let server = Mcp::start().await;
    let owner = using.app.owner();
    let header = json!({ "value": "Bearer hunter2-hunter2" });
    let made = connect(
        &owner,
        json!({ "name": "far", "url": server.url(), "header": header }),
    )
    .await;
    assert_eq!(made["headerName"], "authorization");
    server.next(
        "tools/call",
        [
            Act::Result(
                json!({ "content": [{ "type": "text", "text": "you sent Bearer hunter2-hunter2" }],
            "structuredContent": { "hunter2-hunter2": ["hunter2-hunter2"] } }),
            ),
            Act::Error(-32000, "bad token hunter2-hunter2"),
        ],
    );
    let answer = using.say("use far__say").await;
    assert_eq!(
        answer,
        r#"{"[hidden]":["[hidden]"]} (you sent Bearer [hidden])"#
    );
    let answer = using.say("use far__say").await;
    assert_eq!(answer, "Failed: The server `far` says: bad token [hidden].");
    assert!(
        server
            .asked()
            .iter()
            .all(|asked| asked.authorization.as_deref() == Some("Bearer hunter2-hunter2"))
    );

    // Nor does it lie about in the open.
    let shown =
        "{ toolsets { nodes { name url headerName } } auditLog { nodes { action detail } } }";
    let shown = owner.graphql(shown, json!({})).await.to_string();
    assert!(
        shown.contains("connectToolServer") && !shown.contains("hunter2"),
        "{shown}"
    );
    let sealed = using
        .app
        .database()
        .rows("SELECT header_value FROM toolsets", &[])
        .await;
    let sealed: &[u8] = sealed[0].get(0);
    assert!(!sealed.windows(7).any(|part| part == b"hunter2"));
    assert!(!using.log().await.contains("hunter2"));

    // Whoever sends it elsewhere has to know it.
    let other = Mcp::start().await;
    let answer = update(&owner, json!({ "id": made["id"], "url": other.url() })).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["field"], "header",
        "{answer}"
    );
    let answer = update(
        &owner,
        json!({ "id": made["id"], "url": other.url(), "header": null }),
    )
    .await;
    assert_eq!(
        answer["data"]["updateToolset"]["headerName"],
        Value::Null,
        "{answer}"
    );
    using.say("use far__say").await;
    assert_eq!(other.asked().last().unwrap().authorization, None);

    // It is sealed anew with the rest.
    connect(
        &owner,
        json!({ "name": "third", "url": server.url(), "header": header }),
    )
    .await;
    assert_eq!(using.app.terminate().await, Ended::Code(0));
    let rotated = tests::process::command(&["keys", "rotate"], using.app.environment())
        .output()
        .unwrap();
    assert!(
        rotated.status.success(),
        "{}",
        String::from_utf8_lossy(&rotated.stdout)
    );
    using.app.restart().await;
    assert_eq!(
        using.say(r#"use third__say {"text": "still"}"#).await,
        "\"still\" (still)"
    );
    using.app.finish().await;
}

#[tokio::test]
async fn only_what_the_guard_lets_through_is_asked() {
    let callback = Callback::start().await;
    let url = reqwest::Url::parse(&callback.url()).unwrap();
    let let_through = format!("127.0.0.1:1,{}", url.authority());
    let app = tests::App::build().set("CLOISTER_ALLOW_PRIVATE_HOSTS", &let_through);
    let using = Using::with(app, callback).await;
    let server = Mcp::start().await;
    let owner = using.app.owner();
    let refused = |answer: &Value| {
        assert_eq!(
            answer["errors"][0]["extensions"]["field"], "url",
            "{answer}"
        );
        answer["errors"][0]["message"].as_str().unwrap().to_owned()
    };
    let answer = try_connect(&owner, json!({ "name": "far", "url": server.url() })).await;
    assert!(refused(&answer).contains("only https"));
    for url in [
        "https://127.0.0.1/mcp",
        "https://[::1]/mcp",
        "https://user@example.com/",
        "https://example.com/?key=1",
        "mcp",
    ] {
        refused(&try_connect(&owner, json!({ "name": "far", "url": url })).await);
    }
    // What was let through once is judged again each time.
    let made = connect(
        &owner,
        json!({ "name": "far", "url": "http://127.0.0.1:1/mcp" }),
    )
    .await;
    let move_on = format!("UPDATE toolsets SET url = '{}'", server.url());
    using.app.database().rows(&move_on, &[]).await;
    let answer = using.say("tools").await;
    assert!(
        answer.starts_with("no far: Denied: The server `far` is not asked: only https"),
        "{answer}"
    );
    assert!(server.asked().is_empty(), "{made}");
    using.app.finish().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let using = Using::start().await;
    let (server, inside) = (Mcp::start().await, Mcp::start().await);
    using.connected(&server).await;
    for method in ["initialize", "server/discover"] {
        server.next(method, vec![Act::Redirect(inside.url()); 3]);
    }
    let answer = using.say("tools").await;
    assert!(answer.starts_with("no far: "), "{answer}");
    assert!(inside.asked().is_empty());
    using.app.finish().await;
}
