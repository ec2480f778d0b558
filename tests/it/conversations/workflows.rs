//! Workflows pick who handles a channel's messages.

use serde_json::{Value, json};
use tests::{App, Channel};

use super::{agent_id, conversations, data, error};

const CREATE: &str = "mutation($name: String!, $rules: Json!) { createWorkflow(name: $name, rules: $rules) { id version } }";
const UPDATE: &str =
    "mutation($id: ID!, $rules: Json!) { updateWorkflow(id: $id, rules: $rules) { version } }";
const ATTACH: &str = "mutation($channel: ID!, $workflow: ID!) { attachWorkflow(channelId: $channel, workflowId: $workflow) { id } }";
const DETACH: &str = "mutation($channel: ID!) { detachWorkflow(channelId: $channel) { id } }";

async fn attached(app: &App, channel: &Channel, rules: Value) -> String {
    let variables = json!({ "name": "Front desk", "rules": rules });
    let made = data(app.owner().graphql(CREATE, variables).await);
    let id = made["createWorkflow"]["id"].as_str().unwrap().to_owned();
    let variables = json!({ "channel": channel.id, "workflow": id });
    data(app.owner().graphql(ATTACH, variables).await);
    id
}

#[tokio::test]
async fn the_rules_of_a_channel_pick_who_answers() {
    let (app, _callback, channel) = crate::serving("echo").await;
    app.owner().pushed("counter", crate::guest("counter")).await;
    let counter = agent_id(&app, "counter").await;
    assert_eq!(
        channel.say("U1", "count").await,
        ["count"],
        "no workflow yet"
    );

    let rules = json!([
        { "name": "greet", "when": { "isFirstMessage": true }, "then": { "reply": "Welcome!", "stop": false } },
        { "name": "closed", "when": { "text": { "contains": "Open?" } }, "then": { "reply": "From nine to five." } },
        { "name": "count", "when": { "text": { "startsWith": "count" } }, "then": { "agent": counter } }
    ]);
    let id = attached(&app, &channel, rules).await;
    let answered = channel.say("U2", "count").await;
    assert_eq!((answered.len(), answered[0].as_str()), (2, "Welcome!"));
    assert_ne!(answered[1], "count", "the counter answers");
    assert_eq!(
        channel.say("U2", "are you open?").await,
        ["From nine to five."]
    );
    assert_eq!(
        channel.say("U2", "hello").await,
        ["hello"],
        "no rule was met"
    );
    assert_eq!(channel.say("U3", "hello").await, ["Welcome!", "hello"]);

    let rules = json!([{ "then": { "reply": "We have moved." } }]);
    let changed = data(
        app.owner()
            .graphql(UPDATE, json!({ "id": id, "rules": rules }))
            .await,
    );
    assert_eq!(changed["updateWorkflow"]["version"], 2);
    assert_eq!(channel.say("U2", "count").await, ["We have moved."]);
    data(
        app.owner()
            .graphql(DETACH, json!({ "channel": channel.id }))
            .await,
    );
    assert_eq!(channel.say("U2", "hello").await, ["hello"]);
    app.finish().await;
}

#[tokio::test]
async fn a_canned_reply_is_said_once_in_its_order_and_delivered_where_no_one_waits() {
    let (app, callback, channel) = crate::serving("echo").await;
    let id = attached(&app, &channel, json!([{ "then": { "reply": "Later." } }])).await;
    let again = tests::channel::message_with_id("U1", "hi", "m-1");
    assert_eq!(channel.send(&again).await.replies(), ["Later."]);
    assert_eq!(channel.send(&again).await.replies(), ["Later."]);
    assert_eq!(app.database().log().await.len(), 2);
    assert!(callback.received().is_empty());
    let turns = "SELECT count(*) FROM turns WHERE status = 'done' AND agent_id IS NULL";
    assert_eq!(app.database().count(turns).await, 1);

    // A deleted workflow leaves the agent to answer.
    let delete = "mutation($id: ID!) { deleteWorkflow(id: $id) { id } }";
    data(app.owner().graphql(delete, json!({ "id": id })).await);
    assert_eq!(channel.say("U1", "hi").await, ["hi"]);
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_rules_is_told_with_the_rule() {
    let (app, _callback, channel) = crate::serving("echo").await;
    let nobody = "01900000-0000-7000-8000-000000000000";
    let wrong = [
        (
            json!([{ "then": {} }]),
            "rules[0].then: must name an agent, a team or a reply",
        ),
        (
            json!([{ "then": { "reply": "a", "stop": false } }, { "when": { "text": { "matches": "[" } }, "then": { "reply": "b" } }]),
            "rules[1].when.text.matches: is not a pattern",
        ),
        (
            json!([{ "then": { "agent": nobody } }]),
            "rules[0].then.agent: this project has no agent",
        ),
    ];
    for (rules, why) in wrong {
        let variables = json!({ "name": "x", "rules": rules });
        let (sentence, code) = error(&app.owner().graphql(CREATE, variables).await);
        assert!(sentence.starts_with(why), "{sentence}");
        assert_eq!(code, "invalid");
    }
    assert_eq!(channel.say("U1", "hi").await, ["hi"]);
    assert_eq!(conversations(&app, &channel).await.len(), 1);
    app.finish().await;
}
