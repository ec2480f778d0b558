use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::callback::Event;
use crate::conformance::{Answering, Sample, check, runtime};
use crate::http::{Headers, HttpError, Method, Request, Response};
use crate::message::{AttachmentSource, OutboundAttachment};
use crate::secret::Secret;

mod reading;
mod sending;

const TOKEN: &str = "123456789:AAabcdefghijklmnopqrstuvwxyz0123456";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn sample() -> Sample {
    Sample {
        configuration: json!({ "mode": "webhook" }),
        credential: Some(json!({ "bot_token": TOKEN, "webhook_secret": SECRET })),
        secrets: vec![TOKEN.to_owned(), SECRET.to_owned()],
        idempotent: false,
    }
}

fn driver() -> Telegram {
    Telegram::at(None)
}

fn channel() -> BoundChannel {
    let configuration = json!({ "mode": "polling", "bot_username": "HelperBot" });
    BoundChannel {
        id: "ch_1".to_owned(),
        configuration,
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

fn answer(status: u16, body: Value) -> Result<Response, HttpError> {
    Ok(Response {
        status,
        headers: Headers::default(),
        body: Bytes::from(body.to_string()),
    })
}

fn ok(result: Value) -> Result<Response, HttpError> {
    answer(200, json!({ "ok": true, "result": result }))
}

fn sent(id: i64) -> Result<Response, HttpError> {
    ok(json!({ "message_id": id, "date": 1, "chat": { "id": 42 } }))
}

fn no(code: u16, description: &str, parameters: Value) -> Result<Response, HttpError> {
    let body = json!({ "ok": false, "error_code": code, "description": description, "parameters": parameters });
    answer(code, body)
}

fn deliver(
    answers: Vec<Result<Response, HttpError>>,
    target: &Target,
    outbound: &Outbound,
) -> (Result<Receipt, SendError>, Vec<(String, Value)>) {
    let http = Answering::in_turn(answers);
    let result = runtime().block_on(driver().deliver(&http, &channel(), target, outbound));
    (result, http.requests().iter().map(asked).collect())
}

/// The method and the JSON of a request.
fn asked(request: &Request) -> (String, Value) {
    let prefix = format!("/bot{TOKEN}/");
    let method = request
        .url
        .path()
        .strip_prefix(&prefix)
        .expect("the bot's address");
    let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    (method.to_owned(), body)
}

#[test]
fn it_does_what_every_driver_must() {
    runtime().block_on(check(&driver(), sample()));
}

#[test]
fn a_token_is_read_at_the_door_and_shown_to_no_one() {
    let parse =
        |token: &str| driver().parse_settings(&json!({}), Some(&json!({ "bot_token": token })));
    let settings = parse(&format!(" {TOKEN} ")).unwrap();
    let credential = settings.credential.unwrap().into_inner();
    assert_eq!(credential["bot_token"], TOKEN);
    let secret = credential["webhook_secret"].as_str().unwrap();
    assert_eq!(secret.len(), 64);
    assert_eq!(settings.configuration["mode"], "polling");
    assert_eq!(
        settings.configuration["secret_digest"],
        secret_digest(secret)
    );
    for wrong in [
        "",
        "123",
        "123:short",
        "x1:AAabcdefghijklmnopqrstuvwxyz0123456",
        "1:AAabcdefghijklmnopqrstuvwxyz01234/../x",
    ] {
        let error = parse(wrong).unwrap_err();
        assert_eq!(error.field, "bot_token", "{wrong}");
        assert!(!error.why.contains("AAabc"), "{}", error.why);
    }
}

#[test]
fn a_bot_is_asked_who_it_is() {
    let http = Answering::with(ok(
        json!({ "id": 99, "first_name": "Helper", "username": "HelperBot" }),
    ));
    let known = runtime()
        .block_on(driver().identify(&http, &channel()))
        .unwrap()
        .unwrap();
    assert_eq!(known["bot_id"], 99);
    assert_eq!(known["bot_username"], "HelperBot");
    let refused = Answering::with(no(401, "Unauthorized", Value::Null));
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

#[test]
fn a_webhook_is_set_with_its_secret_and_taken_away() {
    let http = Answering::with(ok(json!(true)));
    let url = "https://agents.example/hooks/ch_1".parse().unwrap();
    runtime()
        .block_on(driver().listen(&http, &channel(), Some(&url)))
        .unwrap();
    runtime()
        .block_on(driver().listen(&http, &channel(), None))
        .unwrap();
    let requests: Vec<_> = http.requests().iter().map(asked).collect();
    assert_eq!(requests[0].0, "setWebhook");
    assert_eq!(requests[0].1["url"], "https://agents.example/hooks/ch_1");
    assert_eq!(requests[0].1["secret_token"], SECRET);
    assert_eq!(
        requests[0].1["allowed_updates"],
        json!(["message", "edited_message", "callback_query"])
    );
    assert_eq!(requests[1].0, "deleteWebhook");
}

#[test]
fn markdown_goes_as_html_and_as_it_is_where_that_is_refused() {
    let outbound = Outbound {
        markdown: true,
        ..Outbound::plain("d1", "**hi** <you>")
    };
    let (receipt, requests) = deliver(vec![sent(5)], &chat("-100/7"), &outbound);
    assert_eq!(receipt.unwrap().platform_message_id.as_deref(), Some("5"));
    let expected = json!({ "chat_id": -100, "message_thread_id": 7, "text": "<b>hi</b> &lt;you&gt;", "parse_mode": "HTML" });
    assert_eq!(requests, [("sendMessage".to_owned(), expected)]);

    let refused = no(
        400,
        "Bad Request: can't parse entities: Unsupported start tag",
        Value::Null,
    );
    let (receipt, requests) = deliver(vec![refused, sent(6)], &chat("42"), &outbound);
    assert_eq!(receipt.unwrap().platform_message_id.as_deref(), Some("6"));
    assert_eq!(
        requests[1].1,
        json!({ "chat_id": 42, "text": "**hi** <you>" })
    );
}

#[test]
fn a_long_text_goes_in_pieces_and_is_never_begun_again() {
    let outbound = Outbound::plain(
        "d1",
        &format!("{}\n\n{}", "a".repeat(4_000), "😀".repeat(2_000)),
    );
    let throttled = no(
        429,
        "Too Many Requests: retry after 7",
        json!({ "retry_after": 7 }),
    );
    let (result, requests) = deliver(vec![sent(1), throttled], &chat("42"), &outbound);
    let Err(SendError::Interrupted { parts: 1, error }) = result else {
        panic!("{result:?}");
    };
    let SendError::Retry {
        after,
        status: Some(429),
        ..
    } = *error
    else {
        panic!("{error:?}");
    };
    assert_eq!(after, Some(std::time::Duration::from_secs(7)));
    assert_eq!(requests.len(), 2);

    let rest = Outbound {
        parts_sent: 1,
        attempt: 2,
        ..outbound
    };
    let (result, requests) = deliver(vec![sent(2)], &chat("42"), &rest);
    assert!(result.is_ok());
    assert_eq!(requests[0].1["text"], "😀".repeat(2_000));
}

#[test]
fn choices_are_buttons_under_the_last_piece() {
    let long = "v".repeat(65);
    let outbound = Outbound {
        choices: vec![
            ("Yes".to_owned(), "y".to_owned()),
            ("Long".to_owned(), long),
        ],
        ..Outbound::plain("d1", "")
    };
    let (_, requests) = deliver(vec![sent(1)], &chat("42"), &outbound);
    let keyboard = &requests[0].1["reply_markup"]["inline_keyboard"];
    assert_eq!(
        keyboard,
        &json!([
            [{ "text": "Yes", "callback_data": "y" }],
            [{ "text": "Long", "callback_data": "\u{1f}1" }],
        ])
    );
}

#[test]
fn a_chat_that_moved_is_followed() {
    let moved = no(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        json!({ "migrate_to_chat_id": -1005 }),
    );
    let (receipt, requests) = deliver(
        vec![moved, sent(3)],
        &chat("-5"),
        &Outbound::plain("d1", "hi"),
    );
    assert_eq!(receipt.unwrap().moved_to.as_deref(), Some("-1005"));
    assert_eq!(requests[1].1["chat_id"], -1005);
}

#[test]
fn a_picture_is_shown_and_any_other_file_sent() {
    let file = |content_type: &str, source| OutboundAttachment {
        name: "f".to_owned(),
        content_type: content_type.to_owned(),
        source,
    };
    let bytes = || AttachmentSource::Bytes(Bytes::from_static(b"1234"));
    let outbound = Outbound {
        attachments: vec![
            file("image/png", bytes()),
            file("text/plain", bytes()),
            file(
                "application/pdf",
                AttachmentSource::Url("https://files.example/f.pdf".to_owned()),
            ),
        ],
        ..Outbound::plain("d1", "")
    };
    let refused = no(
        400,
        "Bad Request: wrong file identifier/HTTP URL specified",
        Value::Null,
    );
    let http = Answering::in_turn([sent(1), sent(2), refused, sent(3)]);
    runtime()
        .block_on(driver().deliver(&http, &channel(), &chat("42"), &outbound))
        .unwrap();
    let requests = http.requests();
    let methods: Vec<String> = requests.iter().map(|request| asked(request).0).collect();
    assert_eq!(
        methods,
        ["sendPhoto", "sendDocument", "sendDocument", "sendMessage"]
    );
    assert!(
        requests[0]
            .headers
            .get("content-type")
            .unwrap()
            .starts_with("multipart/form-data; boundary=")
    );
    assert!(requests[1].body.windows(4).any(|window| window == b"1234"));
    assert_eq!(
        asked(&requests[2]).1["document"],
        "https://files.example/f.pdf"
    );
    assert_eq!(
        asked(&requests[3]).1["text"],
        "f: https://files.example/f.pdf"
    );
}

#[test]
fn each_refusal_means_what_it_says() {
    let outcome = |code: u16| {
        let (result, _) = deliver(
            vec![no(code, "no", Value::Null)],
            &chat("42"),
            &Outbound::plain("d1", "hi"),
        );
        result.unwrap_err()
    };
    for refused in [401, 404] {
        assert!(matches!(outcome(refused), SendError::Expired { .. }));
    }
    for permanent in [400, 403, 413] {
        assert!(matches!(outcome(permanent), SendError::Permanent { .. }));
    }
    assert!(matches!(outcome(500), SendError::Retry { .. }));
}

#[test]
fn what_was_shown_while_it_grew_becomes_the_answer() {
    let http = Answering::in_turn([sent(8), ok(json!(true))]);
    let show = |text: &str, shown_in: Option<&str>| {
        let sign = Sign::Partial {
            text: text.to_owned(),
            shown_in: shown_in.map(str::to_owned),
        };
        runtime()
            .block_on(driver().show(&http, &channel(), &chat("42"), &sign))
            .unwrap()
    };
    assert_eq!(show("Thin", None).as_deref(), Some("8"));
    assert_eq!(show("Thinking", Some("8")).as_deref(), Some("8"));
    let requests: Vec<_> = http.requests().iter().map(asked).collect();
    assert_eq!(
        requests[1],
        (
            "editMessageText".to_owned(),
            json!({ "chat_id": 42, "message_id": 8, "text": "Thinking" })
        )
    );

    let whole = Outbound {
        replaces: Some("8".to_owned()),
        ..Outbound::plain("d1", "Thought")
    };
    let (receipt, requests) = deliver(vec![sent(8)], &chat("42"), &whole);
    assert_eq!(receipt.unwrap().platform_message_id.as_deref(), Some("8"));
    assert_eq!(requests[0].0, "editMessageText");
    let gone = no(400, "Bad Request: message to edit not found", Value::Null);
    let (receipt, requests) = deliver(vec![gone, sent(9)], &chat("42"), &whole);
    assert_eq!(receipt.unwrap().platform_message_id.as_deref(), Some("9"));
    assert_eq!(requests[1].0, "sendMessage");
}

#[test]
fn a_poll_goes_on_behind_what_it_got() {
    let message = |id: i64| {
        json!({ "update_id": id, "message": {
        "message_id": id, "text": "hi", "from": { "id": 42, "first_name": "Ada" }, "chat": { "id": 42, "type": "private" } } })
    };
    let http = Answering::with(ok(
        json!([message(10), { "update_id": 11, "message": 5 }, message(12)]),
    ));
    let cursor = Cursor {
        text: "10".to_owned(),
        moved_at: chrono::Utc::now(),
    };
    let polled = runtime()
        .block_on(driver().poll(&http, &channel(), Some(&cursor)))
        .unwrap();
    let cursors: Vec<_> = polled
        .updates
        .iter()
        .map(|update| update.cursor.as_str())
        .collect();
    assert_eq!(cursors, ["11", "12", "13"]);
    assert!(matches!(polled.updates[1].event, Event::Bad { .. }));
    let (method, asked) = asked(&http.requests()[0]);
    assert_eq!(
        (method.as_str(), &asked["offset"], &asked["timeout"]),
        ("getUpdates", &json!(10), &json!(50))
    );

    // After a week Telegram may number from anywhere.
    let old = Cursor {
        moved_at: chrono::Utc::now() - chrono::TimeDelta::days(8),
        ..cursor
    };
    runtime()
        .block_on(driver().poll(&http, &channel(), Some(&old)))
        .unwrap();
    assert_eq!(self::asked(&http.requests()[1]).1["offset"], Value::Null);
}

#[test]
fn a_poll_that_fails_says_what_to_do() {
    let fails = |answer| {
        let http = Answering::with(answer);
        runtime()
            .block_on(driver().poll(&http, &channel(), None))
            .unwrap_err()
    };
    assert!(matches!(
        fails(no(401, "Unauthorized", Value::Null)),
        PollError::Expired { .. }
    ));
    assert!(matches!(
        fails(no(
            409,
            "Conflict: terminated by other getUpdates request",
            Value::Null
        )),
        PollError::Taken { .. }
    ));
    let throttled = fails(no(429, "Too Many Requests", json!({ "retry_after": 3 })));
    assert!(matches!(throttled, PollError::Later { after: Some(_), .. }));
    assert!(matches!(
        fails(Err(HttpError::Connect("down".to_owned()))),
        PollError::Later { after: None, .. }
    ));
}

#[test]
fn a_call_is_believed_by_its_secret_alone() {
    let call = |secret: &str, body: &str| {
        let callback = Callback {
            method: Method::Post,
            query: String::new(),
            headers: [("X-Telegram-Bot-Api-Secret-Token", secret)]
                .into_iter()
                .collect(),
            body: Bytes::from(body.to_owned()),
        };
        driver().callback(&channel(), &callback)
    };
    let update = r#"{"update_id":1,"message":{"message_id":1,"text":"hi","from":{"id":42},"chat":{"id":42,"type":"private"}}}"#;
    for wrong in ["", "x", &SECRET[1..]] {
        assert_eq!(call(wrong, update), Err(CallbackError::Unverified));
    }
    let called = call(SECRET, update).unwrap();
    assert!(matches!(called.events[..], [Event::Heard(_)]));
    assert!(matches!(
        call(SECRET, "{").unwrap().events[..],
        [Event::Bad { .. }]
    ));

    let pressed = r#"{"update_id":2,"callback_query":{"id":"cb","from":{"id":42},"data":"y","message":{"message_id":1,"chat":{"id":42}}}}"#;
    let answered = call(SECRET, pressed).unwrap().answer;
    assert_eq!(
        answered.body,
        r#"{"callback_query_id":"cb","method":"answerCallbackQuery"}"#
    );
}
