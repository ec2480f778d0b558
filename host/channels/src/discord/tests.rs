use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::callback::Event;
use crate::conformance::{Answering, Sample, check, runtime};
use crate::http::{Headers, HttpError, Method, Request, Response};
use crate::message::{AttachmentSource, OutboundAttachment};
use crate::secret::Secret;

mod interactions;
mod reading;
mod sending;

pub(super) const TOKEN: &str = "OTAwMDAwMDAwMDAw.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB";
/// Of the seed 00..1f.
const KEY: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";

fn sample() -> Sample {
    Sample {
        configuration: json!({ "hears": "mentions" }),
        credential: Some(json!({ "bot_token": TOKEN })),
        secrets: vec![TOKEN.to_owned()],
        idempotent: true,
    }
}

fn driver() -> Discord {
    Discord::at(None)
}

pub(super) fn channel() -> BoundChannel {
    BoundChannel {
        id: "ch_1".to_owned(),
        configuration: json!({ "hears": "everything", "bot_id": "900", "application_id": "7", "public_key": KEY }),
        credential: Secret::new(sample().credential.unwrap()),
    }
}

fn chat(id: &str) -> Target {
    Target {
        platform_chat_id: id.to_owned(),
        platform_user_id: None,
        is_group: false,
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: Value) -> Result<Response, HttpError> {
    Ok(Response {
        status,
        headers: headers.iter().copied().collect::<Headers>(),
        body: Bytes::from(body.to_string()),
    })
}

pub(super) fn ok(body: Value) -> Result<Response, HttpError> {
    answer(200, &[], body)
}

fn no(status: u16, code: u64, message: &str) -> Result<Response, HttpError> {
    answer(status, &[], json!({ "code": code, "message": message }))
}

/// A dispatch of what someone says in their own chat.
pub(super) fn sent_by(id: &str, user: &str, text: &str) -> String {
    json!({ "op": 0, "s": 1, "t": "MESSAGE_CREATE", "d": {
        "id": id, "channel_id": "55", "type": 0, "content": text, "timestamp": "2026-01-01T00:00:00Z",
        "author": { "id": user, "username": "ada", "global_name": "Ada" }, "attachments": [], "mentions": [],
    } })
    .to_string()
}

fn deliver(
    answers: Vec<Result<Response, HttpError>>,
    outbound: &Outbound,
) -> (Result<Receipt, SendError>, Vec<(String, Value)>) {
    let http = Answering::in_turn(answers);
    let result = runtime().block_on(driver().deliver(&http, &channel(), &chat("55"), outbound));
    (result, http.requests().iter().map(asked).collect())
}

/// The method with the path, and the JSON of a request.
fn asked(request: &Request) -> (String, Value) {
    let path = request
        .url
        .path()
        .strip_prefix("/api/v10")
        .expect("the API's address");
    let what = format!("{:?} {path}", request.method).to_uppercase();
    let what = what
        .split_once(' ')
        .map(|(method, _)| format!("{method} {path}"))
        .unwrap();
    (
        what,
        serde_json::from_slice(&request.body).unwrap_or(Value::Null),
    )
}

#[test]
fn it_does_what_every_driver_must() {
    runtime().block_on(check(&driver(), sample()));
}

#[test]
fn a_token_is_read_at_the_door_and_shown_to_no_one() {
    let parse =
        |token: &str| driver().parse_settings(&json!({}), Some(&json!({ "bot_token": token })));
    let settings = parse(&format!(" Bot {TOKEN} ")).unwrap();
    assert_eq!(
        settings.credential.unwrap().into_inner()["bot_token"],
        TOKEN
    );
    assert_eq!(settings.configuration["hears"], "everything");
    for wrong in [
        "",
        "abc",
        "a.b",
        &TOKEN.replace('.', "/"),
        &format!("{TOKEN}.x"),
        &format!("{TOKEN} y"),
    ] {
        let error = parse(wrong).unwrap_err();
        assert_eq!(error.field, "bot_token", "{wrong}");
        assert!(!error.why.contains("abcdef"), "{}", error.why);
    }
}

#[test]
fn a_bot_is_asked_who_it_is() {
    let http = Answering::in_turn([
        ok(json!({ "id": "900", "username": "Helper", "bot": true })),
        ok(json!({ "id": "7", "verify_key": KEY, "flags": 0 })),
    ]);
    let known = runtime()
        .block_on(driver().identify(&http, &channel()))
        .unwrap()
        .unwrap();
    assert_eq!(
        (&known["bot_id"], &known["application_id"]),
        (&json!("900"), &json!("7"))
    );
    assert_eq!(known["public_key"], KEY);
    let request = &http.requests()[0];
    assert_eq!(
        request.headers.get("authorization"),
        Some(format!("Bot {TOKEN}").as_str())
    );
    assert!(
        request
            .headers
            .get("user-agent")
            .unwrap()
            .starts_with("DiscordBot (https://")
    );
    let refused = Answering::with(no(401, 0, "401: Unauthorized"));
    let error = runtime()
        .block_on(driver().identify(&refused, &channel()))
        .unwrap_err();
    assert!(
        matches!(
            error,
            SendError::Expired {
                status: Some(401),
                ..
            }
        ),
        "{error:?}"
    );
}
