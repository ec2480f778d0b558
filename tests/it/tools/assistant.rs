//! The assistant with tools: what the model calls is called, and it is told what came of it.

use serde_json::json;
use tests::App;
use tests::fakes::mcp::Mcp;
use tests::fakes::openai::{Act, Openai};

use super::{Using, allow};

#[tokio::test]
async fn its_model_uses_the_tools_of_the_project() {
    let openai = Openai::start().await;
    let app = App::build()
        .set("CLOISTER_MODEL_URL", openai.url())
        .set("CLOISTER_MODEL_NAME", "some-model");
    let using = Using::of(app).await;
    let server = Mcp::start().await;
    using.connected(&server).await;
    using.handy(json!({})).await;
    let owner = using.app.owner();
    owner.pushed("assistant", crate::guest("assistant")).await;
    allow(&owner, "assistant", "model", json!({})).await;
    allow(&owner, "assistant", "tools", json!({})).await;
    let channel = owner.channel("assistant", &using.callback.url()).await;
    openai.next([
        Act::Call("far__say", "{\"text\": \"from afar\"}"),
        Act::Call("handy__count", "{\"text\": 3}"),
        Act::Call("handy__count", "{\"text\": \"three\"}"),
        Act::Say("It has five.".to_owned()),
    ]);
    assert_eq!(channel.say("U1", "Count").await, ["It has five."]);

    let asked = openai.asked();
    let tools = asked[0].body["tools"].as_array().unwrap();
    let names: Vec<_> = tools
        .iter()
        .map(|tool| tool["function"]["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"far__say")
            && names.contains(&"handy__count")
            && names.contains(&"remember"),
        "{names:?}"
    );
    let count = tools
        .iter()
        .find(|tool| tool["function"]["name"] == "handy__count")
        .unwrap();
    assert_eq!(count["function"]["parameters"]["required"], json!(["text"]));
    let last = |place: usize| {
        let messages = asked[place].body["messages"].as_array().unwrap();
        messages.last().unwrap()["content"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(last(1), "from afar");
    assert!(
        last(2).contains("The arguments do not fit the schema of `handy__count`: /text: 3 is not"),
        "{}",
        last(2)
    );
    assert_eq!(last(3), "5");
    // A tool that is described as one that cannot be used is told as such.
    let system = asked[0].body["messages"][0]["content"].as_str().unwrap();
    assert!(
        system.contains("handy__endless: It is left out"),
        "{system}"
    );
    using.app.finish().await;
}
