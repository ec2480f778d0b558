use ring::signature::Ed25519KeyPair;

use super::*;
use crate::callback::{Callback, CallbackError};

const TIMESTAMP: &str = "1700000000";

fn sign(body: &str) -> String {
    let seed: Vec<u8> = (0..32).collect();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    hex::encode(pair.sign(format!("{TIMESTAMP}{body}").as_bytes()))
}

fn call(body: &str, signature: &str) -> Result<Called, CallbackError> {
    let callback = Callback {
        method: Method::Post,
        query: String::new(),
        headers: [
            ("X-Signature-Ed25519", signature),
            ("X-Signature-Timestamp", TIMESTAMP),
        ]
        .into_iter()
        .collect(),
        body: Bytes::from(body.to_owned()),
    };
    driver().callback(&channel(), &callback)
}

fn command() -> Value {
    json!({
        "id": "3001", "type": 2, "application_id": "7", "token": "tok", "guild_id": "9", "channel_id": "55",
        "member": { "nick": null, "user": { "id": "42", "username": "ada", "global_name": "Ada" } },
        "data": { "name": "ask", "options": [
            { "name": "about", "type": 1, "options": [
                { "name": "what", "type": 3, "value": "the weather" }, { "name": "days", "type": 4, "value": 3 }
            ] }
        ] },
        "locale": "de",
    })
}

/// The vector of the fact sheet, which the npm package `discord-interactions` accepts.
#[test]
fn a_known_signature_is_accepted_and_no_other() {
    let known = "c1098e97d711377f30225d53d94b89d43537f92e5b3afaddc590781b1f9f9d4b2eeab335d370be3b9a090bc61a85b86448bc140dcd195f1569c2bff181257607";
    assert_eq!(sign("{\"type\":1}"), known);
    let called = call(
        "{\"type\":1,\"id\":\"1\"}",
        &sign("{\"type\":1,\"id\":\"1\"}"),
    )
    .unwrap();
    assert_eq!(called.answer.body, "{\"type\":1}");
    assert!(called.events.is_empty());
    for wrong in ["", "00", &known.replace('c', "d"), &sign("{\"type\": 1}")] {
        assert_eq!(
            call("{\"type\":1,\"id\":\"1\"}", wrong),
            Err(CallbackError::Unverified)
        );
    }
}

#[test]
fn a_command_is_answered_at_once_and_heard() {
    let body = command().to_string();
    let called = call(&body, &sign(&body)).unwrap();
    assert_eq!(called.answer.body, "{\"type\":5}");
    let [Event::Heard(heard)] = called.events.as_slice() else {
        panic!("{called:?}")
    };
    assert_eq!(heard.text, "/ask about the weather 3");
    assert_eq!(
        (heard.platform_chat_id.as_str(), heard.is_group),
        ("55", true)
    );
    assert_eq!(heard.platform_event_id.as_deref(), Some("3001"));
    assert_eq!(heard.shown_in.as_deref(), Some("interaction:7:tok"));
    assert_eq!(heard.acknowledge, None);
}

#[test]
fn what_the_gateway_brings_is_acknowledged() {
    let Event::Heard(heard) = interaction::read(&command()) else {
        panic!()
    };
    let http = Answering::with(answer(204, &[], Value::Null));
    let what = heard.acknowledge.unwrap();
    runtime()
        .block_on(driver().acknowledge(&http, &channel(), &what))
        .unwrap();
    let requests = http.requests();
    assert_eq!(
        asked(&requests[0]),
        (
            "POST /interactions/3001/tok/callback".to_owned(),
            json!({ "type": 5 })
        )
    );
    assert_eq!(requests[0].headers.get("authorization"), None);
}

#[test]
fn a_pressed_button_says_its_value() {
    let long = "x".repeat(101);
    let choices = [("Tea", "tea"), ("Long", long.as_str()), ("More tea", "tea")];
    let choices = choices.map(|(label, value)| (label.to_owned(), value.to_owned()));
    let outbound = Outbound {
        choices: choices.to_vec(),
        ..Outbound::plain("d", "Which?")
    };
    let (_, asked) = deliver(vec![ok(json!({ "id": "1" }))], &outbound);
    let components = asked[0].1["components"].clone();
    let press = |number: usize| {
        let id = components[0]["components"][number]["custom_id"].clone();
        let pressed = json!({
            "id": "3002", "type": 3, "token": "t", "channel_id": "55", "user": { "id": "42" },
            "data": { "custom_id": id }, "message": { "id": "1", "components": components },
        });
        match interaction::read(&pressed) {
            Event::Heard(heard) => (heard.text, heard.shown_in),
            event => panic!("{event:?}"),
        }
    };
    assert_eq!(press(0), ("tea".to_owned(), None));
    assert_eq!(press(1).0, "Long");
    assert_eq!(press(2).0, "More tea");
}

#[test]
fn a_note_that_is_not_there_yet_is_to_be_taken_away_soon() {
    let http = Answering::in_turn([
        no(404, 10_015, "Unknown Webhook"),
        answer(204, &[], Value::Null),
    ]);
    let driver = driver();
    let withdrawn = Sign::Withdrawn {
        shown_in: "interaction:7:tok".to_owned(),
    };
    let withdraw = || runtime().block_on(driver.show(&http, &channel(), &chat("55"), &withdrawn));
    let early = withdraw();
    assert!(
        matches!(early, Err(SendError::Retry { after: Some(_), .. })),
        "{early:?}"
    );
    assert_eq!(withdraw().unwrap(), None);
    for request in http.requests() {
        assert_eq!(
            asked(&request).0,
            "DELETE /webhooks/7/tok/messages/@original"
        );
    }
}

#[test]
fn what_an_agent_says_takes_the_place_of_thinking() {
    let outbound = Outbound {
        replaces: Some("interaction:7:tok".to_owned()),
        ..Outbound::plain("d", "Sunny.")
    };
    let (result, asked) = deliver(vec![ok(json!({ "id": "9" }))], &outbound);
    assert!(result.is_ok());
    assert_eq!(asked[0].0, "PATCH /webhooks/7/tok/messages/@original");
    assert_eq!(asked[0].1["content"], "Sunny.");
    let early = vec![no(404, 10_015, "Unknown Webhook")];
    let (result, asked) = deliver(early, &outbound);
    assert!(
        matches!(result, Err(SendError::Retry { after: Some(_), .. })),
        "{result:?}"
    );
    assert_eq!(
        asked.len(),
        1,
        "Discord may not have seen yet that it was deferred"
    );
    let outbound = Outbound {
        attempt: 4,
        ..outbound
    };
    let late = vec![no(404, 10_015, "Unknown Webhook"), ok(json!({ "id": "9" }))];
    assert_eq!(
        deliver(late, &outbound).1[1].0,
        "POST /channels/55/messages"
    );
}
