//! What goes out: nothing that Telegram refuses for its shape, and nothing twice.

use std::time::Duration;

use super::*;

fn markdown(text: &str) -> Outbound {
    Outbound {
        markdown: true,
        ..Outbound::plain("d1", text)
    }
}

fn texts(requests: &[(String, Value)]) -> Vec<&str> {
    requests
        .iter()
        .map(|(_, body)| body["text"].as_str().unwrap())
        .collect()
}

#[test]
fn markdown_of_which_nothing_is_seen_goes_as_it_is() {
    for unseen in ["```\n```", "[a]: https://a.example"] {
        let (receipt, requests) = deliver(vec![sent(1)], &chat("42"), &markdown(unseen));
        assert!(receipt.is_ok());
        assert_eq!(
            requests[0].1,
            json!({ "chat_id": 42, "text": unseen }),
            "{unseen}"
        );
    }
}

#[test]
fn what_is_longer_shown_than_written_is_cut_by_what_is_shown() {
    let table = format!("a|b\n-|-\n{}", "1|2\n".repeat(1_000));
    assert!(TEXT.fits(&table));
    let (receipt, requests) = deliver((0..9).map(sent).collect(), &chat("42"), &markdown(&table));
    assert!(receipt.is_ok());
    assert!(requests.len() > 1);
    for text in texts(&requests) {
        assert!(TEXT.fits(&html::visible(text)));
    }
}

#[test]
fn a_refusal_of_what_is_left_of_a_text_is_no_end() {
    let refused = no(400, "Bad Request: message text is empty", Value::Null);
    let (receipt, requests) = deliver(vec![refused, sent(1)], &chat("42"), &markdown("*\u{2060}*"));
    assert!(receipt.is_ok());
    assert_eq!(requests[1].1["text"], "*\u{2060}*");
}

#[test]
fn a_message_of_many_parts_goes_on_at_the_next_attempt() {
    let outbound = Outbound::plain("d1", &"word ".repeat(2_000));
    let http = Answering::with(sent(1));
    let sent = runtime().block_on(async {
        let bot = driver();
        let channel = channel();
        let bot = bot.bot(&http, &channel).unwrap();
        send::deliver_within(Duration::ZERO, &bot, &chat("42"), &outbound).await
    });
    let Err(SendError::Interrupted { parts: 1, error }) = sent else {
        panic!("{sent:?}");
    };
    assert!(matches!(
        *error,
        SendError::Retry {
            after: Some(Duration::ZERO),
            ..
        }
    ));
    assert_eq!(http.requests().len(), 1);
}

#[test]
fn a_draft_goes_away_where_a_file_is_the_answer() {
    let outbound = Outbound {
        replaces: Some("8".to_owned()),
        attachments: vec![OutboundAttachment {
            name: "f.txt".to_owned(),
            content_type: "text/plain".to_owned(),
            source: AttachmentSource::Bytes(Bytes::from_static(b"1234")),
        }],
        ..Outbound::plain("d1", "")
    };
    let (receipt, requests) = deliver(vec![ok(json!(true)), sent(9)], &chat("42"), &outbound);
    assert_eq!(receipt.unwrap().platform_message_id.as_deref(), Some("9"));
    let methods: Vec<&str> = requests.iter().map(|(method, _)| method.as_str()).collect();
    assert_eq!(methods, ["deleteMessage", "sendDocument"]);
    assert_eq!(requests[0].1, json!({ "chat_id": 42, "message_id": 8 }));
}

#[test]
fn an_error_shows_no_token() {
    for answer in [
        no(401, "Unauthorized", Value::Null),
        no(400, "Bad Request", Value::Null),
        Ok(Response {
            status: 200,
            headers: Headers::default(),
            body: Bytes::from_static(b"?"),
        }),
        Err(HttpError::Other("connection reset".to_owned())),
    ] {
        let (result, _) = deliver(vec![answer], &chat("42"), &Outbound::plain("d1", "hi"));
        let error = result.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("AAabc"), "{error:?}");
    }
}
