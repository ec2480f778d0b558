use super::*;
use crate::discord::message::{Listener, read};

fn message(fields: Value) -> Value {
    let mut message = json!({
        "id": "1001", "channel_id": "55", "type": 0, "content": "hello",
        "author": { "id": "42", "username": "ada", "global_name": "Ada" }
    });
    message
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    message
}

fn hear(fields: Value, only_mentions: bool) -> Event {
    read(
        &message(fields),
        &Listener {
            bot_id: "900".to_owned(),
            only_mentions,
        },
    )
}

fn heard(fields: Value) -> crate::callback::Heard {
    match hear(fields, false) {
        Event::Heard(heard) => *heard,
        event => panic!("{event:?}"),
    }
}

#[test]
fn a_direct_message_is_heard() {
    let heard = heard(json!({ "message_reference": { "message_id": "1000" } }));
    assert_eq!(heard.platform_event_id.as_deref(), Some("1001"));
    assert_eq!(
        (
            heard.platform_user_id.as_str(),
            heard.platform_chat_id.as_str()
        ),
        ("42", "55")
    );
    assert_eq!(
        (heard.display_name.as_deref(), heard.is_group),
        (Some("Ada"), false)
    );
    let told = |name: &str| {
        heard
            .metadata
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(
        (
            told("message_id"),
            told("username"),
            told("reply_to_message_id")
        ),
        (Some("1001"), Some("ada"), Some("1000"))
    );
}

#[test]
fn in_a_server_the_mention_is_no_part_of_the_text() {
    let said = |content: &str| {
        heard(json!({ "guild_id": "9", "content": content, "member": { "nick": "Lady" } }))
    };
    assert!(said("hi").is_group);
    assert_eq!(said("hi").display_name.as_deref(), Some("Lady"));
    for text in ["<@900> help me", "<@!900>, help me", " <@900>: help me"] {
        assert_eq!(said(text).text, "help me");
    }
    assert_eq!(said("<@901> help").text, "<@901> help");
}

#[test]
fn what_is_not_for_it_is_left_alone() {
    let reason = |fields: Value, only| match hear(fields, only) {
        Event::Ignored { reason } => reason,
        event => panic!("{event:?}"),
    };
    assert_eq!(
        reason(json!({ "author": { "id": "1", "bot": true } }), false),
        "other_bot"
    );
    assert_eq!(reason(json!({ "webhook_id": "5" }), false), "other_bot");
    assert_eq!(reason(json!({ "type": 7 }), false), "unsupported_update");
    assert_eq!(
        reason(json!({ "guild_id": "9", "content": "" }), false),
        "non_text"
    );
    assert_eq!(reason(json!({ "guild_id": "9" }), true), "not_mentioned");
    for concerned in [
        json!({ "guild_id": "9", "mentions": [{ "id": "900" }] }),
        json!({ "guild_id": "9", "type": 19, "referenced_message": { "author": { "id": "900" } } }),
        json!({}),
    ] {
        assert!(matches!(hear(concerned, true), Event::Heard(_)));
    }
}

#[test]
fn a_message_out_of_shape_is_kept_for_its_owner() {
    let Event::Bad {
        platform_event_id,
        raw,
        ..
    } = hear(json!({ "author": "é".repeat(9_000) }), false)
    else {
        panic!()
    };
    assert_eq!(platform_event_id.as_deref(), Some("1001"));
    assert!(raw.len() <= 4_096);
}

#[test]
fn a_file_is_fetched_from_where_discord_keeps_it() {
    let heard = heard(json!({ "content": "", "attachments": [
        { "id": "3", "filename": "../a.txt", "content_type": "text/plain", "size": 3, "url": "https://cdn.example/a.txt?ex=1&hm=2" }
    ] }));
    let file = &heard.attachments[0];
    assert_eq!((file.name.as_str(), file.size), ("a.txt", Some(3)));
    assert!(driver().names_file(&file.url));
    let http = Answering::with(Ok(Response {
        status: 200,
        headers: Headers::default(),
        body: Bytes::from_static(b"abc"),
    }));
    let fetch = |most| runtime().block_on(driver().fetch(&http, &channel(), &file.url, most));
    assert_eq!(fetch(3).unwrap(), "abc");
    assert!(matches!(fetch(2), Err(SendError::Permanent { .. })));
    let request = &http.requests()[0];
    assert_eq!(request.url.as_str(), "https://cdn.example/a.txt?ex=1&hm=2");
    assert_eq!(
        request.headers.get("authorization"),
        None,
        "the token is for the API alone"
    );
}
