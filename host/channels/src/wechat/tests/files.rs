//! Files, both ways. The sealed bytes and the keys are known answers, which other programs gave.

use super::*;
use crate::callback::HeardAttachment;
use crate::message::{AttachmentSource, OutboundAttachment};

const KEY: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const SEALED: &str = "e3d61645581d55f92e98ce24b41665aa";
const OF_HEX: &str = "MDAwMTAyMDMwNDA1MDYwNzA4MDkwYTBiMGMwZDBlMGY=";
const OF_BYTES: &str = "AAECAwQFBgcICQoLDA0ODw==";

#[test]
fn bytes_are_sealed_and_opened_as_others_do() {
    assert_eq!(hex::encode(media::seal(&KEY, b"hello ilink")), SEALED);
    let sealed = hex::decode(SEALED).unwrap();
    assert_eq!(
        media::open(&KEY, &sealed).as_deref(),
        Some(&b"hello ilink"[..])
    );
    assert_eq!(media::open(&[7; 16], &sealed), None);
    assert_eq!(media::open(&KEY, &sealed[..15]), None);
    // A whole block of padding follows what fills its last one.
    assert_eq!(media::seal(&KEY, &[0; 16]).len(), 32);
    for text in [OF_HEX, OF_BYTES, "000102030405060708090a0b0c0d0e0f"] {
        assert_eq!(media::key_of_base64(text), Some(KEY), "{text}");
    }
    assert_eq!(media::key_of_base64("AAEC"), None);
}

fn heard(item: Value) -> HeardAttachment {
    let message =
        json!({ "message_id": 1, "from_user_id": PERSON, "message_type": 1, "item_list": [item] });
    let answer = json!({ "ret": 0, "msgs": [message], "get_updates_buf": "c" });
    let http = Answering::with(ok(&answer));
    let polled = runtime().block_on(driver().poll(&http, &channel(), None));
    match polled.unwrap().updates.remove(0).event {
        Event::Heard(mut heard) => heard.attachments.remove(0),
        other => panic!("{other:?}"),
    }
}

fn fetch(
    file: &HeardAttachment,
    most: usize,
    answer: Result<Response, HttpError>,
) -> (Result<Bytes, SendError>, Vec<Request>) {
    assert!(driver().names_file(&file.url));
    let http = Answering::with(answer);
    let fetched = runtime().block_on(driver().fetch(&http, &channel(), &file.url, most));
    (fetched, http.requests())
}

fn sealed() -> Result<Response, HttpError> {
    Ok(Response {
        status: 200,
        headers: Headers::default(),
        body: hex::decode(SEALED).unwrap().into(),
    })
}

#[test]
fn a_file_is_fetched_from_the_store_and_from_nowhere_else() {
    let document = json!({ "type": 4, "file_item": { "file_name": "../notes.txt", "len": "11",
        "media": { "encrypt_query_param": "p/1=", "aes_key": OF_HEX } } });
    let file = heard(document);
    assert_eq!((file.name.as_str(), file.size), ("notes.txt", Some(11)));
    let (fetched, requests) = fetch(&file, 100, sealed());
    assert_eq!(fetched.unwrap(), &b"hello ilink"[..]);
    assert_eq!(
        requests[0].url.as_str(),
        "https://novac2c.cdn.weixin.qq.com/c2c/download?encrypted_query_param=p%2F1%3D"
    );
    assert_eq!(requests[0].headers, Headers::default());
    assert!(matches!(
        fetch(&file, 10, sealed()).0,
        Err(SendError::Permanent { .. })
    ));
    assert!(matches!(
        fetch(&file, 100, answer(503, &json!({}))).0,
        Err(SendError::Retry { .. })
    ));

    let picture = |url: &str| {
        heard(
            json!({ "type": 2, "image_item": { "aeskey": hex::encode(KEY),
            "media": { "full_url": url, "aes_key": "nonsense" } } }),
        )
    };
    for own in [
        "https://any.weixin.qq.com/f",
        "https://novac2c.cdn.weixin.qq.com/g",
    ] {
        assert!(fetch(&picture(own), 100, sealed()).0.is_ok(), "{own}");
    }
    for foreign in [
        "https://weixin.qq.com.evil.example/f",
        "http://any.weixin.qq.com/f",
        "https://evilweixin.qq.com/f",
        "https://127.0.0.1/f",
        "file:///etc/passwd",
    ] {
        let (fetched, requests) = fetch(&picture(foreign), 100, sealed());
        assert!(
            matches!(fetched, Err(SendError::Permanent { .. })),
            "{foreign}"
        );
        assert!(requests.is_empty(), "{foreign} was asked");
    }
}

fn with_header(status: u16) -> Result<Response, HttpError> {
    Ok(Response {
        status,
        headers: [("x-encrypted-param", "down-1")].into_iter().collect(),
        body: Bytes::new(),
    })
}

fn deliver(
    content_type: &str,
    source: AttachmentSource,
    answers: Vec<Result<Response, HttpError>>,
) -> (Result<Receipt, SendError>, Vec<Request>) {
    let outbound = Outbound {
        attachments: vec![OutboundAttachment {
            name: "note.txt".to_owned(),
            content_type: content_type.to_owned(),
            source,
        }],
        ..Outbound::plain("d1", "")
    };
    let target = Target {
        platform_chat_id: PERSON.to_owned(),
        platform_user_id: None,
        is_group: false,
    };
    let http = Answering::in_turn(answers);
    let result = runtime().block_on(driver().deliver(&http, &channel(), &target, &outbound));
    (result, http.requests())
}

#[test]
fn a_file_goes_into_the_store_before_it_is_named() {
    let bytes = AttachmentSource::Bytes(Bytes::from_static(b"hello ilink"));
    let place = || ok(&json!({ "ret": 0, "upload_param": "up-1" }));
    let sent = || ok(&json!({ "ret": 0 }));
    let answers = vec![place(), with_header(502), with_header(200), sent()];
    let (result, requests) = deliver("text/plain", bytes.clone(), answers);
    assert_eq!(result.unwrap().sends, 1);
    let asked = body(&requests[0]);
    assert_eq!(asked["rawfilemd5"], "a0e581bef9105ace19c7d2e59e66374d");
    assert_eq!(
        (&asked["rawsize"], &asked["filesize"]),
        (&json!(11), &json!(16))
    );
    assert_eq!(
        (&asked["media_type"], &asked["no_need_thumb"]),
        (&json!(3), &json!(true))
    );
    // A store that stumbles is asked again.
    assert_eq!(requests[1].url, requests[2].url);
    let file_key = asked["filekey"].as_str().unwrap();
    let query = format!("encrypted_query_param=up-1&filekey={file_key}");
    assert_eq!(requests[2].url.query(), Some(query.as_str()));
    let key = media::key_of_hex(asked["aeskey"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(
        media::open(&key, &requests[2].body).as_deref(),
        Some(&b"hello ilink"[..])
    );
    let item = body(&requests[3])["msg"]["item_list"][0].clone();
    assert_eq!(item["type"], 4);
    assert_eq!(
        (&item["file_item"]["file_name"], &item["file_item"]["len"]),
        (&json!("note.txt"), &json!("11"))
    );
    let media = &item["file_item"]["media"];
    assert_eq!(
        (&media["encrypt_query_param"], &media["encrypt_type"]),
        (&json!("down-1"), &json!(1))
    );
    assert_eq!(
        media::key_of_base64(media["aes_key"].as_str().unwrap()),
        Some(key)
    );

    let answers = vec![place(), with_header(200), sent()];
    let (_, requests) = deliver("image/png", bytes.clone(), answers);
    let item = body(&requests[2])["msg"]["item_list"][0].clone();
    assert_eq!(
        (&item["type"], &item["image_item"]["mid_size"]),
        (&json!(2), &json!(16))
    );

    // What the store refuses is not sent again, nor what it puts elsewhere.
    let (result, requests) = deliver("image/png", bytes.clone(), vec![place(), with_header(403)]);
    assert!(matches!(result, Err(SendError::Permanent { .. })));
    assert_eq!(requests.len(), 2);
    let elsewhere = ok(&json!({ "ret": 0, "upload_full_url": "https://evil.example/up" }));
    let (result, requests) = deliver("image/png", bytes, vec![elsewhere]);
    assert!(matches!(result, Err(SendError::Permanent { .. })));
    assert_eq!(requests.len(), 1);
}

#[test]
fn a_file_that_cannot_be_had_is_told_of() {
    let source = AttachmentSource::Url("https://files.example/f.pdf".to_owned());
    let answers = vec![answer(404, &json!({})), ok(&json!({ "ret": 0 }))];
    let (result, requests) = deliver("application/pdf", source, answers);
    assert!(result.is_ok());
    let item = body(&requests[1])["msg"]["item_list"][0].clone();
    assert_eq!(
        item["text_item"]["text"],
        "note.txt: https://files.example/f.pdf"
    );
}
