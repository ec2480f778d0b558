//! The assistant: the built-in agent that talks through a model.

use std::time::Duration;

use serde_json::json;
use tests::App;
use tests::fakes::openai::{Act, Openai};

use super::{Asking, grant, with_model};

#[tokio::test]
async fn a_first_start_with_a_model_has_an_assistant_to_talk_to() {
    let openai = Openai::start().await;
    let app = with_model(App::build(), &openai).start().await;
    let channel = super::first_channel(&app);
    openai.next([
        Act::Say("Good morning! How can I help?".to_owned()),
        Act::Call("remember", "{\"note\": \"Likes tea.\"}"),
        Act::Say("Noted.".to_owned()),
        Act::Say("You like tea.".to_owned()),
    ]);
    assert_eq!(
        channel.say("U1", "Good morning").await,
        ["Good morning! How can I help?"]
    );
    assert_eq!(
        channel.say("U1", "Remember that I like tea").await,
        ["Noted."]
    );
    assert_eq!(
        channel.say("U1", "What do I like?").await,
        ["You like tea."]
    );

    let asked = openai.asked();
    let last = &asked[3].body;
    let system = last["messages"][0]["content"].as_str().unwrap();
    assert!(system.contains("1. Likes tea."), "{system}");
    let said: Vec<_> = last["messages"].as_array().unwrap()[1..]
        .iter()
        .map(|message| message["content"].as_str().unwrap())
        .collect();
    assert_eq!(
        said,
        [
            "Good morning",
            "Good morning! How can I help?",
            "Remember that I like tea",
            "Noted.",
            "What do I like?"
        ]
    );
    // The result of the tool went back in between.
    let results = asked[2].body["messages"].as_array().unwrap();
    assert_eq!(results.last().unwrap()["role"], "tool", "{results:?}");
    app.finish().await;
}

#[tokio::test]
async fn without_a_model_it_says_what_the_owner_has_to_do() {
    let (app, _callback, channel) = crate::serving("assistant").await;
    let said = channel.say("U1", "Hello").await.concat();
    assert!(said.contains("allowCapability"), "{said}");
    grant(&app.owner(), "assistant", json!({})).await;
    let said = channel.say("U1", "Hello").await.concat();
    assert!(said.contains("CLOISTER_MODEL_URL"), "{said}");
    let said = channel.say("U1", "Привет, как дела?").await.concat();
    assert!(
        said.contains("CLOISTER_MODEL_URL") && said.contains("администратор"),
        "{said}"
    );
    app.finish().await;
}

#[tokio::test]
async fn its_answer_is_shown_as_it_comes() {
    let asking = Asking::start().await;
    let owner = asking.app.owner();
    owner.pushed("assistant", crate::guest("assistant")).await;
    grant(&owner, "assistant", json!({})).await;
    let channel = owner.channel("assistant", &asking.callback.url()).await;
    asking.openai.next([Act::Drip(
        Duration::from_millis(60),
        "one two three four five six seven".to_owned(),
    )]);
    assert_eq!(
        channel.say("U1", "Count").await,
        ["one two three four five six seven"]
    );
    // A model that knows no tools is asked without them.
    asking.openai.next([
        Act::Status(
            400,
            None,
            "{\"error\": \"this model does not support tools\"}".to_owned(),
        ),
        Act::Say("in words".to_owned()),
    ]);
    assert_eq!(channel.say("U1", "And now?").await, ["in words"]);
    asking.app.finish().await;
}
