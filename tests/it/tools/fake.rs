//! The fake of a server, against the npm package `@modelcontextprotocol/sdk`.

use serde_json::{Value, json};
use tests::fakes::mcp::Mcp;
use tests::node::Script;

#[tokio::test]
async fn the_fake_speaks_as_mcp_has_it() {
    let server = Mcp::start().await;
    let script = Script::start("mcp_client.cjs", &[&server.url()]);
    let lines: Vec<Value> = (script.rest().await.iter())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            json!({ "server": "fake", "tools": ["say"] }),
            json!({ "content": [{ "type": "text", "text": "hello" }], "isError": false }),
            json!({ "code": -32602 }),
        ]
    );
}
