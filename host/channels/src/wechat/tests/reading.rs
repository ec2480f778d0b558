//! What is read, and how far reading has come.

use super::*;
use crate::poll::{Cursor, PollError};

fn message(id: &Value, item: &Value) -> Value {
    json!({ "message_id": id, "from_user_id": PERSON, "to_user_id": BOT, "message_type": 1, "message_state": 2,
        "create_time_ms": 1_700_000_000_000_i64, "context_token": "ctx-1", "item_list": [item] })
}

fn text(id: u64, text: &str) -> Value {
    message(
        &json!(id),
        &json!({ "type": 1, "text_item": { "text": text } }),
    )
}

fn poll(
    answer: Result<Response, HttpError>,
    cursor: Option<&str>,
) -> (Result<Polled, PollError>, Value) {
    let cursor = cursor.map(|text| Cursor {
        text: text.to_owned(),
        moved_at: Utc::now(),
    });
    let http = Answering::with(answer);
    let polled = runtime().block_on(driver().poll(&http, &channel(), cursor.as_ref()));
    (polled, body(&http.requests()[0])["get_updates_buf"].clone())
}

#[test]
fn the_cursor_moves_behind_the_last_message_alone() {
    let answer =
        json!({ "ret": 0, "msgs": [text(1, "one"), text(2, "two")], "get_updates_buf": "c2" });
    let (polled, asked) = poll(ok(&answer), Some("b0ba@im.bot|c1"));
    assert_eq!(asked, "c1");
    let polled = polled.unwrap();
    let cursors: Vec<_> = polled
        .updates
        .iter()
        .map(|one| one.cursor.as_str())
        .collect();
    assert_eq!(cursors, ["b0ba@im.bot|c1", "b0ba@im.bot|c2"]);

    // An empty one says nothing; one that moves on without a message is kept; another account's is none.
    let (polled, _) = poll(
        ok(&json!({ "ret": 0, "get_updates_buf": "" })),
        Some("b0ba@im.bot|c1"),
    );
    assert!(polled.unwrap().updates.is_empty());
    let (polled, _) = poll(
        ok(&json!({ "ret": 0, "get_updates_buf": "c3" })),
        Some("b0ba@im.bot|c1"),
    );
    let polled = polled.unwrap();
    assert_eq!(polled.updates[0].cursor, "b0ba@im.bot|c3");
    assert!(matches!(polled.updates[0].event, Event::Ignored { .. }));
    let (_, asked) = poll(ok(&json!({ "ret": 0 })), Some("other@im.bot|c1"));
    assert_eq!(asked, "");
}

#[test]
fn a_message_is_heard_with_its_window() {
    // An id of 64 bits, which no float keeps.
    let answer = json!({ "ret": 0, "msgs": [text(18_446_744_073_709_551_615, "Grüezi")], "get_updates_buf": "c" });
    let (polled, _) = poll(ok(&answer), None);
    let update = polled.unwrap().updates.remove(0);
    let Event::Heard(heard) = update.event else {
        panic!("{:?}", update.event);
    };
    assert_eq!(
        heard.platform_event_id.as_deref(),
        Some("b0ba@im.bot:18446744073709551615")
    );
    assert_eq!(
        (heard.text.as_str(), heard.platform_chat_id.as_str()),
        ("Grüezi", PERSON)
    );
    let opens = update.opens.unwrap();
    assert_eq!(opens.token.expose(), "ctx-1");
    assert_eq!(opens.at.timestamp(), 1_700_000_000);
    assert!(!format!("{opens:?}").contains("ctx-1"));
}

#[test]
fn what_is_not_for_an_agent_is_left_and_what_cannot_be_read_set_aside() {
    let of = |change: &dyn Fn(&mut Value)| {
        let mut one = text(5, "hi");
        change(&mut one);
        let answer = json!({ "ret": 0, "msgs": [one], "get_updates_buf": "c" });
        poll(ok(&answer), None).0.unwrap().updates.remove(0)
    };
    let reason = |change: &dyn Fn(&mut Value)| match of(change).event {
        Event::Ignored { reason } => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(&|one| one["message_type"] = json!(2)), "own_message");
    assert_eq!(reason(&|one| one["group_id"] = json!("g1")), "group_chat");
    assert_eq!(
        reason(&|one| one["from_user_id"] = json!("")),
        "missing_user_id"
    );
    assert_eq!(reason(&|one| one["item_list"] = json!([])), "non_text");
    // Whoever says what no agent hears may be answered all the same.
    assert!(of(&|one| one["item_list"] = json!([])).opens.is_some());

    let bad = of(&|one| one["item_list"] = json!("no list"));
    let Event::Bad {
        platform_event_id,
        raw,
        ..
    } = bad.event
    else {
        panic!("{:?}", bad.event);
    };
    assert_eq!(platform_event_id.as_deref(), Some("b0ba@im.bot:5"));
    assert!(raw.contains("no list") && !raw.contains("ctx-1"), "{raw}");
}

#[test]
fn a_voice_is_what_was_understood_of_it() {
    let item = json!({ "type": 3, "voice_item": { "encode_type": 6, "playtime": 900, "text": "call me",
        "media": { "encrypt_query_param": "v1", "aes_key": "AAECAwQFBgcICQoLDA0ODw==" } } });
    let answer =
        json!({ "ret": 0, "msgs": [message(&json!("m-7"), &item)], "get_updates_buf": "c" });
    let (polled, _) = poll(ok(&answer), None);
    let Event::Heard(heard) = polled.unwrap().updates.remove(0).event else {
        panic!("not heard");
    };
    assert_eq!(
        (heard.text.as_str(), heard.attachments.len()),
        ("call me", 0)
    );
    assert!(
        heard
            .metadata
            .contains(&("voice".to_owned(), "true".to_owned()))
    );
    assert_eq!(heard.platform_event_id.as_deref(), Some("b0ba@im.bot:m-7"));
}

#[test]
fn a_poll_that_fails_says_what_to_do() {
    let fails = |answer| poll(answer, None).0.unwrap_err();
    for gone in [
        json!({ "ret": -14 }),
        json!({ "ret": 0, "errcode": -14, "errmsg": "session timeout" }),
        json!({ "ret": -1, "errcode": -14 }),
    ] {
        assert!(
            matches!(fails(ok(&gone)), PollError::Expired { .. }),
            "{gone}"
        );
    }
    for later in [
        ok(&json!({ "ret": -1, "errmsg": "system busy" })),
        answer(502, &json!({})),
        Err(HttpError::Connect("down".to_owned())),
        Ok(Response {
            status: 200,
            headers: Headers::default(),
            body: Bytes::from_static(b"{\"ret\":0,\"msgs\":[{"),
        }),
    ] {
        assert!(matches!(fails(later), PollError::Later { .. }));
    }
    // Held to its end, with nothing said.
    let (polled, _) = poll(Err(HttpError::Timeout { sent: true }), None);
    assert_eq!(polled, Ok(Polled::default()));
}
