//! People answer in the agent's place.

use serde_json::{Value, json};
use tests::wait::{LONG, wait_for};
use tests::{App, Callback};

use super::{conversations, data};

const TAKE: &str = "mutation($id: ID!) { takeOverConversation(id: $id) { holder { kind since } } }";
const HAND_BACK: &str = "mutation($id: ID!) { handBackConversation(id: $id) { holder { kind } } }";
const SEND: &str = "mutation($id: ID!, $text: String!) { sendMessage(conversationId: $id, text: $text) { id direction text } }";

async fn ask(app: &App, query: &str, variables: Value) -> Value {
    data(app.owner().graphql(query, variables).await)
}

#[tokio::test]
async fn a_person_takes_over_answers_and_hands_back() {
    let (app, callback, channel) = crate::serving("echo").await;
    assert_eq!(channel.say("U1", "hello?").await, ["hello?"]);
    let id = conversations(&app, &channel).await.remove(0);

    let taken = ask(&app, TAKE, json!({ "id": id })).await;
    assert_eq!(taken["takeOverConversation"]["holder"]["kind"], "USER");
    assert_eq!(channel.say("U1", "is anyone here?").await, [""; 0]);
    let said = ask(&app, SEND, json!({ "id": id, "text": "I am." })).await;
    assert_eq!(said["sendMessage"]["direction"], "OUTBOUND");
    assert_eq!(callback.wait_for(1).await[0].text(), "I am.");

    let handed = ask(&app, HAND_BACK, json!({ "id": id })).await;
    assert_eq!(handed["handBackConversation"]["holder"], Value::Null);
    assert_eq!(channel.say("U1", "and now?").await, ["and now?"]);
    let log = app.database().log().await;
    let texts: Vec<_> = log.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "hello?",
            "hello?",
            "is anyone here?",
            "I am.",
            "and now?",
            "and now?"
        ]
    );
    assert_eq!(
        log[2].turn, None,
        "what came while people held it is no one's turn"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_turn_that_runs_when_people_take_over_counts_for_nothing() {
    let (app, callback, channel) = crate::serving("oblige").await;
    channel.say("U1", "hello").await;
    let id = conversations(&app, &channel).await.remove(0);
    let asking = channel.say("U1", "compute 1500");
    let taking = async {
        app.database().wait_for_a_turn().await;
        ask(&app, TAKE, json!({ "id": id })).await
    };
    let (replies, _) = tokio::join!(asking, taking);
    assert_eq!(replies, [""; 0]);
    let turns = app.database().turns("oblige").await;
    assert_eq!(turns[1].status, "skipped");
    assert_eq!(turns[1].error_code.as_deref(), Some("held"));
    let said = app.database().log().await;
    assert!(
        said.iter().all(|entry| entry.text != "Computed."),
        "{said:?}"
    );
    assert!(callback.received().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn what_is_queued_when_people_take_over_is_left_to_them() {
    let (app, _callback, channel) = crate::serving("oblige").await;
    channel.say("U1", "hello").await;
    let id = conversations(&app, &channel).await.remove(0);
    let stop = app.owner();
    stop.send(reqwest::Method::POST, "/api/agents/oblige/stop", None)
        .await;
    let waiting = tokio::spawn({
        let channel = channel.clone();
        async move { channel.say("U1", "are you there?").await }
    });
    let queued = "SELECT count(*) FROM turns WHERE status = 'queued'";
    wait_for(LONG, "the turn to be queued", async || {
        (app.database().count(queued).await == 1).then_some(())
    })
    .await;
    ask(&app, TAKE, json!({ "id": id })).await;
    assert_eq!(waiting.await.unwrap(), [""; 0]);
    app.finish().await;
}

#[tokio::test]
async fn a_message_has_text_and_a_conversation() {
    let app = App::start().await;
    let callback = Callback::start().await;
    let channel = app.owner().channel("echo", &callback.url()).await;
    channel.say("U1", "hello").await;
    let id = conversations(&app, &channel).await.remove(0);
    let wrong = [
        (json!({ "id": id, "text": "  " }), "invalid"),
        (json!({ "id": uuid(), "text": "hi" }), "not_found"),
    ];
    for (variables, code) in wrong {
        let answer = app.owner().graphql(SEND, variables).await;
        assert_eq!(super::error(&answer).1, code, "{answer}");
    }
    app.finish().await;
}

/// An id that names nothing.
fn uuid() -> &'static str {
    "01900000-0000-7000-8000-000000000000"
}
