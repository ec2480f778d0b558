//! The stub of a provider, against the npm package `openai`.

use serde_json::{Value, json};
use tests::fakes::openai::{Act, Openai};
use tests::node::Script;

#[tokio::test]
async fn the_stub_speaks_as_openai_does() {
    let openai = Openai::start().await;
    openai.next([
        Act::Say("Hello, whole.".to_owned()),
        Act::Say("Hello, bit by bit.".to_owned()),
        Act::Call("weather", "{\"place\":\"Bern\"}"),
        Act::Call("weather", "{\"place\":\"Chur\"}"),
        Act::Status(
            429,
            None,
            json!({ "error": { "message": "slower" } }).to_string(),
        ),
    ]);
    let script = Script::start("openai.cjs", &[&openai.url()]);
    let lines: Vec<Value> = (script.rest().await.iter())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            json!({ "text": "Hello, whole.", "reason": "stop", "tokens": [7, 2] }),
            json!({ "text": "Hello, bit by bit.", "reason": "stop", "tokens": [7, 4] }),
            json!({ "call": ["weather", "{\"place\":\"Bern\"}"], "reason": "tool_calls" }),
            json!({ "call": ["weather", "{\"place\":\"Chur\"}"], "reason": "tool_calls" }),
            json!({ "status": 429, "message": "429 slower" }),
        ]
    );
}
