use std::time::Duration;

use super::*;

fn sent(id: &str) -> Result<Response, HttpError> {
    ok(json!({ "id": id, "channel_id": "55" }))
}

#[test]
fn a_message_goes_out_and_pings_no_one() {
    let mut outbound = Outbound::plain("dlv_1", "hello @everyone");
    outbound.replies_to = Some("1001".to_owned());
    let (result, asked) = deliver(vec![sent("5")], &outbound);
    assert_eq!(result.unwrap().platform_message_id.as_deref(), Some("5"));
    let (what, body) = &asked[0];
    assert_eq!(what, "POST /channels/55/messages");
    assert_eq!(
        (&body["content"], &body["allowed_mentions"]),
        (&json!("hello @everyone"), &json!({ "parse": [] }))
    );
    assert_eq!(
        body["message_reference"],
        json!({ "message_id": "1001", "fail_if_not_exists": false })
    );
    assert_eq!(body["enforce_nonce"], true);
    let nonce = body["nonce"].as_str().unwrap().to_owned();
    assert!(nonce.len() <= 25);
    let (_, again) = deliver(vec![sent("5")], &outbound);
    assert_eq!(again[0].1["nonce"], nonce, "the same at every attempt");
}

#[test]
fn a_long_text_goes_in_pieces_and_goes_on_where_it_stopped() {
    let text = "é".repeat(3_999) + " end";
    let outbound = Outbound::plain("dlv_1", &text);
    let (result, asked) = deliver(vec![sent("1"), no(500, 0, "oh")], &outbound);
    assert!(
        asked
            .iter()
            .all(|(_, body)| body["content"].as_str().unwrap().chars().count() <= 2_000)
    );
    assert_ne!(asked[0].1["nonce"], asked[1].1["nonce"]);
    let Err(SendError::Interrupted { parts: 1, error }) = result else {
        panic!("{result:?}")
    };
    assert!(matches!(
        *error,
        SendError::Retry {
            status: Some(500),
            ..
        }
    ));
    let rest = Outbound {
        parts_sent: 1,
        ..outbound
    };
    let (result, again) = deliver(vec![sent("2"), sent("3")], &rest);
    assert!(result.is_ok());
    assert_eq!(again[0].1["content"], asked[1].1["content"]);
}

#[test]
fn refusals_are_told_apart() {
    let one = |answer| {
        deliver(vec![answer], &Outbound::plain("d", "hi"))
            .0
            .unwrap_err()
    };
    assert!(matches!(
        one(no(401, 0, "401: Unauthorized")),
        SendError::Expired { .. }
    ));
    for (status, code) in [
        (403, 50_001),
        (403, 50_007),
        (404, 10_003),
        (400, 50_035),
        (413, 40_005),
    ] {
        let error = one(no(status, code, "no"));
        assert!(matches!(error, SendError::Permanent { .. }), "{error:?}");
        assert!(error.to_string().contains(&code.to_string()), "{error}");
    }
    let slow = answer(
        429,
        &[("retry-after", "2")],
        json!({ "message": "slow", "retry_after": 1.5, "global": false }),
    );
    let SendError::Retry {
        after: Some(after), ..
    } = one(slow)
    else {
        panic!()
    };
    assert_eq!(after, Duration::from_secs_f64(1.5));
}

#[test]
fn an_empty_bucket_is_not_asked_again() {
    let driver = driver();
    let headers = [
        ("x-ratelimit-bucket", "abc"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset-after", "4.0"),
    ];
    let http = Answering::in_turn([answer(200, &headers, json!({ "id": "1" })), sent("2")]);
    let send = |to: &str| {
        runtime().block_on(driver.deliver(
            &http,
            &channel(),
            &chat(to),
            &Outbound::plain("d", "hi"),
        ))
    };
    assert!(send("55").is_ok());
    let Err(SendError::Retry {
        after: Some(after), ..
    }) = send("55")
    else {
        panic!()
    };
    assert!(after > Duration::from_secs(3));
    assert_eq!(http.requests().len(), 1, "nothing was asked");
    assert!(send("56").is_ok(), "another channel is another bucket");
}

#[test]
fn files_go_in_a_form_and_addresses_in_the_text() {
    let file = |name: &str, source| OutboundAttachment {
        name: name.to_owned(),
        content_type: "text/plain".to_owned(),
        source,
    };
    let outbound = Outbound {
        attachments: vec![
            file("a.txt", AttachmentSource::Bytes(Bytes::from_static(b"aaa"))),
            file(
                "b.txt",
                AttachmentSource::Url("https://files.example/b".to_owned()),
            ),
            file(
                "huge",
                AttachmentSource::Bytes(vec![0; (10 << 20) + 1].into()),
            ),
        ],
        ..Outbound::plain("d", "Here.")
    };
    let http = Answering::in_turn([sent("1"), sent("2")]);
    let result = runtime().block_on(driver().deliver(&http, &channel(), &chat("55"), &outbound));
    assert!(result.is_ok());
    let requests = http.requests();
    let text: Value = serde_json::from_slice(&requests[0].body).unwrap();
    let text = text["content"].as_str().unwrap();
    assert!(
        text.starts_with("Here.\nb.txt: https://files.example/b\nhuge has"),
        "{text}"
    );
    let form = String::from_utf8_lossy(&requests[1].body).into_owned();
    assert!(
        requests[1]
            .headers
            .get("content-type")
            .unwrap()
            .starts_with("multipart/form-data; boundary=")
    );
    assert!(
        form.contains("name=\"payload_json\"")
            && form.contains("name=\"files[0]\"; filename=\"a.txt\"")
    );
}

#[test]
fn a_draft_is_replaced_or_where_it_is_gone_sent_anew() {
    let outbound = Outbound {
        replaces: Some("77".to_owned()),
        ..Outbound::plain("d", "done")
    };
    let (_, asked) = deliver(vec![sent("77")], &outbound);
    assert_eq!(asked[0].0, "PATCH /channels/55/messages/77");
    assert_eq!(asked[0].1["nonce"], Value::Null);
    let (result, asked) = deliver(
        vec![no(404, 10_008, "Unknown Message"), sent("78")],
        &outbound,
    );
    assert_eq!(result.unwrap().platform_message_id.as_deref(), Some("78"));
    assert_eq!(asked[1].0, "POST /channels/55/messages");
}

#[test]
fn signs_are_shown_and_taken_away() {
    let http = Answering::in_turn([
        answer(204, &[], Value::Null),
        sent("8"),
        sent("8"),
        no(404, 10_008, "Unknown Message"),
    ]);
    let driver = driver();
    let show = |sign| {
        runtime()
            .block_on(driver.show(&http, &channel(), &chat("55"), &sign))
            .unwrap()
    };
    assert_eq!(show(Sign::Typing), None);
    let partial = |shown_in| Sign::Partial {
        text: "Let me".to_owned(),
        shown_in,
    };
    let shown = show(partial(None));
    assert_eq!(shown.as_deref(), Some("8"));
    assert_eq!(show(partial(shown)).as_deref(), Some("8"));
    assert_eq!(
        show(Sign::Withdrawn {
            shown_in: "8".to_owned()
        }),
        None
    );
    let asked: Vec<String> = http
        .requests()
        .iter()
        .map(|request| asked(request).0)
        .collect();
    assert_eq!(
        asked,
        [
            "POST /channels/55/typing",
            "POST /channels/55/messages",
            "PATCH /channels/55/messages/8",
            "DELETE /channels/55/messages/8",
        ]
    );
}
