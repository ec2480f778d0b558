use serde_json::json;

use super::*;

fn event(update: Value) -> Event {
    let bot = Account {
        id: None,
        username: "HelperBot".to_owned(),
    };
    read(&update, &bot).event
}

fn message(fields: Value) -> Value {
    let mut message = json!({
        "message_id": 5, "date": 1_700_000_000, "text": "hi",
        "from": { "id": 42, "is_bot": false, "first_name": "Ada", "last_name": "L", "username": "ada" },
        "chat": { "id": 42, "type": "private" },
    });
    for (name, value) in fields.as_object().unwrap() {
        message[name] = value.clone();
    }
    json!({ "update_id": 7, "message": message })
}

fn heard_of(update: Value) -> Heard {
    match event(update) {
        Event::Heard(heard) => *heard,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_tells_who_said_what_and_where() {
    let heard = heard_of(message(json!({ "reply_to_message": { "message_id": 3 } })));
    assert_eq!(heard.platform_event_id.as_deref(), Some("7"));
    assert_eq!(heard.platform_user_id, "42");
    assert_eq!(heard.display_name.as_deref(), Some("Ada L"));
    assert_eq!(
        (heard.platform_chat_id.as_str(), heard.is_group),
        ("42", false)
    );
    assert_eq!(heard.text, "hi");
    let has = |name: &str, value: &str| {
        heard
            .metadata
            .contains(&(name.to_owned(), value.to_owned()))
    };
    assert!(has("message_id", "5") && has("username", "ada") && has("reply_to_message_id", "3"));
}

#[test]
fn an_edited_message_is_marked() {
    let mut update = message(json!({}));
    update["edited_message"] = update["message"].take();
    update.as_object_mut().unwrap().remove("message");
    assert!(
        heard_of(update)
            .metadata
            .contains(&("edited".to_owned(), "true".to_owned()))
    );
}

#[test]
fn a_topic_is_a_chat_of_its_own_and_a_reply_thread_is_not() {
    let group = json!({ "id": -1_001_234_567_890_i64, "type": "supergroup", "title": "Crew", "is_forum": true });
    let topic = heard_of(message(
        json!({ "chat": group, "message_thread_id": 17, "is_topic_message": true }),
    ));
    assert_eq!(topic.platform_chat_id, "-1001234567890/17");
    assert!(topic.is_group);
    assert_eq!(topic.title.as_deref(), Some("Crew"));
    let reply = heard_of(message(json!({ "chat": group, "message_thread_id": 17 })));
    assert_eq!(reply.platform_chat_id, "-1001234567890");
}

#[test]
fn files_come_with_their_caption() {
    let photo = json!([{ "file_id": "small" }, { "file_id": "large", "file_size": 9 }]);
    let heard = heard_of(message(
        json!({ "text": null, "caption": "look", "photo": photo }),
    ));
    assert_eq!(heard.text, "look");
    assert_eq!(heard.attachments.len(), 1);
    assert_eq!(heard.attachments[0].url, "telegram:file/large");
    assert_eq!(heard.attachments[0].content_type, "image/jpeg");

    let document =
        json!({ "file_id": "d", "file_name": "../../etc/passwd", "mime_type": "text/plain" });
    let heard = heard_of(message(json!({ "text": null, "document": document })));
    assert_eq!(heard.attachments[0].name, "passwd");
    assert_eq!(heard.text, "");

    let voice = heard_of(message(
        json!({ "text": null, "voice": { "file_id": "v", "duration": 1 } }),
    ));
    assert_eq!(voice.attachments[0].content_type, "audio/ogg");
    let sticker = json!({ "file_id": "s", "emoji": "👍", "is_animated": false, "is_video": false });
    let sticker = heard_of(message(json!({ "text": null, "sticker": sticker })));
    assert_eq!(sticker.text, "👍");
    let animation =
        json!({ "text": null, "animation": { "file_id": "a" }, "document": { "file_id": "a" } });
    assert_eq!(heard_of(message(animation)).attachments.len(), 1);
}

#[test]
fn a_command_loses_the_name_of_this_bot_and_another_bots_is_left_alone() {
    let said = |text: &str| event(message(json!({ "text": text })));
    let text = |event: Event| match event {
        Event::Heard(heard) => heard.text,
        other => panic!("{other:?}"),
    };
    assert_eq!(text(said("/start@helperbot EG-1  2")), "/start EG-1  2");
    assert_eq!(text(said("/new")), "/new");
    assert_eq!(text(said("mail me@example.org")), "mail me@example.org");
    assert_eq!(
        said("/start@OtherBot"),
        Event::Ignored {
            reason: "other_bot"
        }
    );
}

#[test]
fn a_group_that_became_another_says_so() {
    let group = json!({ "id": -5, "type": "group" });
    let moved = event(message(
        json!({ "chat": group, "text": null, "migrate_to_chat_id": -1005 }),
    ));
    assert_eq!(
        moved,
        Event::Moved {
            from: "-5".to_owned(),
            to: "-1005".to_owned()
        }
    );
}

#[test]
fn a_pressed_button_says_its_value() {
    let pressed = |data: &str| {
        json!({ "update_id": 8, "callback_query": {
            "id": "cb1", "from": { "id": 42, "first_name": "Ada" }, "data": data,
            "message": {
                "message_id": 6, "chat": { "id": 42, "type": "private" },
                "reply_markup": { "inline_keyboard": [[{ "text": "A long one", "callback_data": "\u{1f}1" }]] },
            },
        }})
    };
    let heard = heard_of(pressed("yes"));
    assert_eq!(
        (heard.text.as_str(), heard.acknowledge.as_deref()),
        ("yes", Some("cb1"))
    );
    assert_eq!(heard_of(pressed("\u{1f}1")).text, "A long one");
    assert!(matches!(event(pressed("\u{1f}9")), Event::Ignored { .. }));
}

#[test]
fn what_is_for_no_agent_says_why() {
    let reason = |update: Value| match event(update) {
        Event::Ignored { reason } => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        reason(json!({ "update_id": 1, "poll": {} })),
        "unsupported_update"
    );
    assert_eq!(reason(message(json!({ "from": null }))), "missing_user_id");
    assert_eq!(
        reason(message(json!({ "from": { "id": 1, "is_bot": true } }))),
        "unsupported_update"
    );
    assert_eq!(
        reason(message(json!({ "text": null, "new_chat_title": "x" }))),
        "non_text"
    );
}

#[test]
fn a_bad_update_is_kept_for_its_owner() {
    let bad = |update: Value| match read(&update, &Account::default()) {
        Read {
            id,
            event:
                Event::Bad {
                    platform_event_id,
                    raw,
                    ..
                },
        } => (id, platform_event_id, raw.len()),
        other => panic!("{other:?}"),
    };
    let odd = json!({ "update_id": 9, "message": { "message_id": "x", "pad": "ä".repeat(5_000) } });
    assert_eq!(bad(odd), (Some(9), Some("9".to_owned()), 4_096));
    assert_eq!(bad(json!([1])).0, None);
}

#[test]
fn a_field_that_is_new_costs_no_one_a_message() {
    let entities = json!([{ "type": "something_of_tomorrow", "offset": 0 }]);
    let update = message(json!({ "entities": entities, "tomorrow": { "deep": [1] } }));
    assert_eq!(heard_of(update).text, "hi");
}
