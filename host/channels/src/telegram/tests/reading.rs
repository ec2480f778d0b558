//! Polls and calls where something is not as it was.

use super::*;

fn bot(id: i64) -> BoundChannel {
    BoundChannel {
        configuration: json!({ "mode": "polling", "bot_id": id, "bot_username": "HelperBot" }),
        ..channel()
    }
}

fn message(id: i64) -> Value {
    json!({ "update_id": id, "message": {
        "message_id": id, "text": "hi", "from": { "id": 42, "first_name": "Ada" }, "chat": { "id": 42, "type": "private" } } })
}

#[test]
fn the_cursor_and_the_events_of_another_bot_are_none_of_this_one() {
    let http = Answering::with(ok(json!([message(10)])));
    let poll = |id: i64, cursor: Option<&Cursor>| {
        let channel = bot(id);
        let polled = runtime().block_on(driver().poll(&http, &channel, cursor));
        polled.unwrap().updates.remove(0)
    };
    let first = poll(1, None);
    let cursor = Cursor {
        text: first.cursor,
        moved_at: chrono::Utc::now(),
    };
    poll(1, Some(&cursor));
    let other = poll(2, Some(&cursor));
    let offsets: Vec<Value> = http
        .requests()
        .iter()
        .map(|request| asked(request).1["offset"].clone())
        .collect();
    assert_eq!(offsets, [json!(null), json!(11), json!(null)]);
    let key = |event: &Event| match event {
        Event::Heard(heard) => heard.platform_event_id.clone(),
        other => panic!("{other:?}"),
    };
    assert_ne!(key(&first.event), key(&other.event));
}

#[test]
fn more_than_is_read_of_one_answer_is_read_one_by_one() {
    let cut = Ok(Response {
        status: 200,
        headers: Headers::default(),
        body: Bytes::from_static(br#"{"ok":true,"result":[{"update_id":10,"mess"#),
    });
    let http = Answering::in_turn([cut, ok(json!([message(10)]))]);
    let polled = runtime().block_on(driver().poll(&http, &bot(1), None));
    assert_eq!(polled.unwrap().updates.len(), 1);
    assert_eq!(asked(&http.requests()[1]).1["limit"], 1);
}

#[test]
fn a_channel_without_a_secret_believes_no_one() {
    let channel = BoundChannel {
        credential: Secret::new(json!({ "bot_token": TOKEN, "webhook_secret": "" })),
        ..channel()
    };
    let callback = Callback {
        method: Method::Post,
        query: String::new(),
        headers: [(SECRET_HEADER, "")].into_iter().collect(),
        body: Bytes::from(message(1).to_string()),
    };
    assert_eq!(
        driver().callback(&channel, &callback),
        Err(CallbackError::Unverified)
    );
}
