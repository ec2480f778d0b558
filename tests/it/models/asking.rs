//! Asking: whole answers, answers that come bit by bit, what was used.

use std::time::Duration;

use serde_json::json;
use tests::App;
use tests::fakes::openai::{Act, Openai};

use super::{Asking, with_model};

#[tokio::test]
async fn a_model_answers() {
    let asking = Asking::start().await;
    asking.openai.next([Act::Say("Grüezi 👋".to_owned())]);
    assert_eq!(asking.say("ask Good morning").await, "Grüezi 👋");
    assert_eq!(asking.say("ask again").await, "again");

    let [first, _] = &asking.openai.asked()[..] else {
        panic!("asked twice")
    };
    assert_eq!(first.authorization.as_deref(), Some("Bearer sk-hunter2"));
    assert_eq!(
        first.body,
        json!({ "model": "some-model", "messages": [{ "role": "user", "content": "Good morning" }] })
    );
    asking.app.finish().await;
}

#[tokio::test]
async fn an_answer_comes_bit_by_bit() {
    let asking = Asking::start().await;
    let words = "one two three four five six";
    asking
        .openai
        .next([Act::Drip(Duration::from_millis(150), words.to_owned())]);
    let answer = asking.say("stream count").await;
    let (text, rest) = answer.split_once(" (").unwrap();
    assert_eq!(text, words);
    let pieces: usize = rest.split(' ').next().unwrap().parse().unwrap();
    // It came over a second; the agent was told of it a few times, and not of each word.
    assert!((2..=6).contains(&pieces), "{answer}");
    assert!(rest.ends_with("13 tokens)"), "{answer}");
    let asked = &asking.openai.asked()[0].body;
    assert_eq!(asked["stream"], true);
    assert_eq!(asked["stream_options"]["include_usage"], true);
    asking.app.finish().await;
}

#[tokio::test]
async fn tools_and_schemas_reach_the_provider() {
    let asking = Asking::start().await;
    asking.openai.next([
        Act::Call("weather", "{\"place\":\"Bern\"}"),
        Act::Say("{\"sky\":\"grey\"}".to_owned()),
    ]);
    assert_eq!(
        asking.say("tool sky?").await,
        "weather({\"place\":\"Bern\"})"
    );
    assert_eq!(asking.say("schema sky?").await, "{\"sky\":\"grey\"}");
    let asked = asking.openai.asked();
    assert_eq!(asked[0].body["tools"][0]["function"]["name"], "weather");
    assert_eq!(asked[1].body["response_format"]["type"], "json_schema");
    asking.app.finish().await;
}

#[tokio::test]
async fn answers_that_are_not_read_to_their_end_harm_nobody() {
    let asking = Asking::start().await;
    let answer = asking.say("drop one two three").await;
    assert_eq!(
        answer,
        "one two three; At most 16 answers may be on their way at once."
    );
    asking.app.finish().await;
}

#[tokio::test]
async fn what_was_used_is_counted_by_agent_and_day() {
    let asking = Asking::start().await;
    for _ in 0..2 {
        asking.say("ask one two three").await;
    }
    asking.say("stream one").await;
    let query = "{ modelUsage(days: 1) { day agent { name } calls inputTokens outputTokens } }";
    let answer = asking.app.owner().graphql(query, json!({})).await;
    let rows = answer["data"]["modelUsage"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{answer}");
    assert_eq!(rows[0]["agent"]["name"], "oblige");
    let counted = [
        &rows[0]["calls"],
        &rows[0]["inputTokens"],
        &rows[0]["outputTokens"],
    ];
    assert_eq!(counted, [&json!(3), &json!(21), &json!(7)]);
    asking.app.finish().await;
}

#[tokio::test]
async fn a_question_costs_one_statement_more_than_none() {
    let asking = Asking::start().await;
    // The first of the day reads what was used.
    asking.say("ask warm").await;
    let none = asking
        .app
        .fewest_statements(async || drop(asking.say("hello").await))
        .await;
    let one = asking
        .app
        .fewest_statements(async || drop(asking.say("ask hello").await))
        .await;
    let two = asking
        .app
        .fewest_statements(async || drop(asking.say("twice hello").await))
        .await;
    assert!(one <= none + 1.0, "{none}, {one}");
    assert!(two <= none + 2.0, "{none}, {two}");
    asking.app.finish().await;
}

#[tokio::test]
async fn the_operators_own_model_may_be_in_a_private_network_and_nothing_else() {
    let openai = Openai::start().await;
    let app = with_model(App::build(), &openai).unset("CLOISTER_ALLOW_PRIVATE_HOSTS");
    let app = app.start().await;
    let owner = app.owner();
    let first = super::first_channel(&app);
    assert_eq!(first.say("U1", "hello").await, ["hello"]);

    // The same address, chosen by someone else, is not reached.
    let answer = super::providers::create(&owner, &json!({ "url": openai.url() })).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["field"], "url",
        "{answer}"
    );
    app.finish().await;
}
