//! Servers that lie, hang, break or are not there: each is a typed failure that the agent can handle, and its owner sees.

use std::time::Duration;

use serde_json::{Value, json};
use tests::App;
use tests::fakes::mcp::{Act, Mcp};

use super::{Using, connect};

async fn hasty() -> (Using, Mcp) {
    let app = App::build()
        .set("CLOISTER_TOOL_SECONDS", "1.5")
        .set("CLOISTER_TOOL_LIST_SECONDS", "0.001");
    let (using, server) = (Using::of(app).await, Mcp::start().await);
    using.connected(&server).await;
    (using, server)
}

#[tokio::test]
async fn each_wrong_answer_is_a_failure_of_its_own() {
    let (using, server) = hasty().await;
    let large = format!(
        r#"{{"jsonrpc":"2.0","id":1,"result":{{"x":"{}"}}}}"#,
        "x".repeat(2 << 20)
    );
    let json = "application/json";
    for (act, told) in [
        (
            Act::Raw(200, json, "{".to_owned()),
            "Malformed: The server `far` ",
        ),
        (
            Act::Raw(200, "text/html", "<h1>Hello".to_owned()),
            "Malformed: The server `far` ",
        ),
        (
            Act::Raw(200, json, large),
            "Limit: The server `far` answered with more than 1048576 bytes.",
        ),
        (
            Act::Raw(401, json, "{}".to_owned()),
            "Denied: The server `far` wants to know who asks",
        ),
        (
            Act::Raw(503, "text/plain", "no".to_owned()),
            "Unavailable: The server `far` answered with the status 503.",
        ),
        (
            Act::Error(-32602, "no such city"),
            "Invalid: The server `far` says: no such city.",
        ),
        (
            Act::Error(-32601, "no such tool"),
            "NotFound: The server `far` says: no such tool.",
        ),
        (
            Act::Error(-32000, "out of order"),
            "Failed: The server `far` says: out of order.",
        ),
        (
            Act::Result(
                json!({ "content": [{ "type": "text", "text": "no luck" }], "isError": true }),
            ),
            "Failed: no luck",
        ),
        (
            Act::Result(json!({ "content": "hello" })),
            "Malformed: The server `far` ",
        ),
        (
            Act::Result(json!({ "tools": [] })),
            "Malformed: The server `far` ",
        ),
        (
            Act::Slow(Duration::from_secs(30)),
            "TimedOut: The toolset `far` did not answer within 1500 ms.",
        ),
        (
            Act::Other(json!(999)),
            "TimedOut: The toolset `far` did not answer within 1500 ms.",
        ),
    ] {
        server.next("tools/call", [act.clone()]);
        let answer = using.say("use far__say").await;
        assert!(answer.starts_with(told), "{act:?}: {answer}");
        let log = using.log().await;
        let last = log.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("The tool `far__say` gave no result. "),
            "{act:?}: {last}"
        );
        assert!(!last.contains("http://"), "{last}");
    }
    // Of a broken answer it is the same whether it ends too early or breaks off.
    for act in [Act::Cut, Act::Unanswered] {
        server.next("tools/call", [act.clone()]);
        let answer = using.say("use far__say").await;
        let cause = answer.split(':').next().unwrap_or_default();
        assert!(
            ["Unavailable", "Malformed", "TimedOut"].contains(&cause),
            "{act:?}: {answer}"
        );
    }
    // And afterwards it is as ever.
    assert_eq!(
        using.say(r#"use far__say {"text": "well"}"#).await,
        "\"well\" (well)"
    );
    using.app.finish().await;
}

#[tokio::test]
async fn a_server_that_is_away_leaves_the_others_where_they_are() {
    let (using, server) = hasty().await;
    using.handy(json!({})).await;
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", nobody.local_addr().unwrap());
    let owner = using.app.owner();
    connect(&owner, json!({ "name": "silent", "url": url })).await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", gone.local_addr().unwrap());
    drop(gone);
    connect(&owner, json!({ "name": "gone", "url": url })).await;
    let all = using.say("tools").await;
    assert!(all.starts_with("far__say\nhandy__say"), "{all}");
    assert!(
        all.contains("no silent: TimedOut: The toolset `silent` did not answer within 1500 ms."),
        "{all}"
    );
    assert!(
        all.contains(
            "no gone: Unavailable: The server `gone` is not reached: no connection came about"
        ),
        "{all}"
    );
    assert!(!all.contains("http://"), "{all}");
    assert_eq!(
        using.say("use gone__say").await.split(':').next(),
        Some("Unavailable")
    );
    assert_eq!(server.times("tools/call"), 0);
    using.app.finish().await;
}

#[tokio::test]
async fn a_list_that_is_too_much_or_none_is_cut_or_told() {
    let (using, server) = hasty().await;
    let tool = |name: String, schema: Value| json!({ "name": name, "description": "d", "inputSchema": schema });
    let good = || json!({ "type": "object" });
    let mut tools = vec![
        tool("good".to_owned(), good()),
        tool(
            "endless".to_owned(),
            json!({ "type": "object", "properties": { "a": { "allOf": [{ "$ref": "#/properties/a" }] } } }),
        ),
        tool(
            "elsewhere".to_owned(),
            json!({ "type": "object", "properties": { "a": { "$ref": "http://127.0.0.1/x" } } }),
        ),
        tool(
            "huge".to_owned(),
            json!({ "type": "object", "title": "x".repeat(70_000) }),
        ),
        tool("strange name!".to_owned(), good()),
    ];
    server.has(json!(tools));
    let all = using.say("tools").await;
    let lines: Vec<&str> = all.lines().collect();
    assert_eq!(lines[0], "far__good");
    assert!(lines[1].starts_with("far__strange_name__"), "{all}");
    for told in [
        "far__endless: Malformed",
        "far__elsewhere: Malformed",
        "far__huge: Malformed",
    ] {
        assert!(all.contains(&format!("no {told}")), "{all}");
    }
    // A name that is no name for a model is the server's own again when it is called.
    let strange = lines[1];
    using.say(&format!("use {strange}")).await;
    assert_eq!(
        server.asked().last().unwrap().params["name"],
        "strange name!"
    );

    tools.extend((0..200).map(|number| tool(format!("t{number}"), good())));
    server.has(json!(tools));
    let all = using.say("tools").await;
    assert!(all.contains("no far: Malformed: It is left out: "), "{all}");
    assert!(
        all.lines().filter(|line| line.starts_with("far__")).count() <= 100,
        "{all}"
    );
    // It says that there is always more of it.
    let page = json!({ "tools": [tool("again".to_owned(), good())], "nextCursor": "x" });
    server.next("tools/list", vec![Act::Result(page); 50]);
    let before = server.times("tools/list");
    using.say("tools").await;
    assert!(server.times("tools/list") - before <= 10);
    using.app.finish().await;
}

#[tokio::test]
async fn what_is_promised_is_held_against_what_comes() {
    let (using, server) = hasty().await;
    let output = json!({ "type": "object", "properties": { "sum": { "type": "integer" } }, "required": ["sum"] });
    server.has(
        json!([{ "name": "add", "inputSchema": { "type": "object" }, "outputSchema": output }]),
    );
    let answered = |value: Value| Act::Result(json!({ "content": [], "structuredContent": value }));
    server.next(
        "tools/call",
        [
            answered(json!({ "sum": 3 })),
            answered(json!({ "sum": "three" })),
        ],
    );
    assert_eq!(using.say("use far__add").await, r#"{"sum":3}"#);
    let answer = using.say("use far__add").await;
    assert!(
        answer.starts_with(
            "Malformed: `far__add` answered with something else than it promises: /sum: "
        ),
        "{answer}"
    );
    using.app.finish().await;
}
