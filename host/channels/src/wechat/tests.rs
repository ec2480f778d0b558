use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::*;
use crate::callback::Event;
use crate::conformance::{Answering, Sample, check, runtime};
use crate::http::{Headers, HttpError, Method, Request, Response};
use crate::scan::{Looked, ScanError};
use crate::secret::Secret;

mod files;
mod reading;
mod sending;

const TOKEN: &str = "bot-token-0123456789";
const BOT: &str = "b0ba@im.bot";
const PERSON: &str = "ada@im.wechat";

fn driver() -> Wechat {
    Wechat::at(None, None)
}

fn credential() -> Value {
    json!({ "bot_token": TOKEN, "bot_id": BOT, "user_id": "owner@im.wechat" })
}

fn channel() -> BoundChannel {
    BoundChannel {
        id: "ch_1".to_owned(),
        configuration: json!({ "bot_id": BOT }),
        credential: Secret::new(credential()),
    }
}

fn answer(status: u16, body: &Value) -> Result<Response, HttpError> {
    Ok(Response {
        status,
        headers: Headers::default(),
        body: Bytes::from(body.to_string()),
    })
}

fn ok(body: &Value) -> Result<Response, HttpError> {
    answer(200, body)
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap_or(Value::Null)
}

#[test]
fn it_does_what_every_driver_must() {
    let sample = Sample {
        configuration: json!({}),
        credential: Some(credential()),
        secrets: vec![TOKEN.to_owned(), "ctx-1".to_owned()],
        idempotent: false,
    };
    runtime().block_on(check(&driver(), sample));
}

#[test]
fn a_channel_without_an_account_waits_for_one() {
    for nothing in [None, Some(json!({})), Some(Value::Null)] {
        let settings = driver()
            .parse_settings(&json!({}), nothing.as_ref())
            .unwrap();
        assert!(settings.credential.is_none());
        assert!(!driver().is_polled(&settings.configuration));
    }
    let settings = driver()
        .parse_settings(&json!({ "bot_id": "other@im.bot" }), Some(&credential()))
        .unwrap();
    // Whose account it is says the credential, whatever the owner wrote.
    assert_eq!(settings.configuration["bot_id"], BOT);
    assert!(driver().is_polled(&settings.configuration));
    let wrong = json!({ "bot_token": "two words", "bot_id": BOT });
    let error = driver()
        .parse_settings(&json!({}), Some(&wrong))
        .unwrap_err();
    assert!(!error.why.contains("two words"), "{}", error.why);
}

#[test]
fn a_request_has_the_headers_of_the_protocol() {
    // Known answers: the version of the plugin that the protocol is known from, and a number of 32 bits.
    assert_eq!(api::client_version("2.4.9"), 132_105);
    assert_eq!(api::uin(123_456_789), "MTIzNDU2Nzg5");

    let http = Answering::with(ok(&json!({ "ret": 0, "get_updates_buf": "" })));
    let polled = runtime().block_on(driver().poll(&http, &channel(), None));
    assert!(polled.unwrap().updates.is_empty());
    let request = &http.requests()[0];
    let header = |name| request.headers.get(name).unwrap_or_default();
    assert_eq!(
        request.url.as_str(),
        "https://ilinkai.weixin.qq.com/ilink/bot/getupdates"
    );
    assert_eq!(header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(header("authorizationtype"), "ilink_bot_token");
    assert_eq!(header("ilink-app-id"), "bot");
    assert_eq!(header("ilink-app-clientversion"), "132105");
    assert!(!header("x-wechat-uin").is_empty());
    let info = &body(request)["base_info"];
    assert_eq!(info["channel_version"], "2.4.9");
    assert!(info["bot_agent"].as_str().unwrap().starts_with("Cloister/"));
}

#[test]
fn an_account_is_asked_where_the_login_said_that_it_is() {
    let mut there = credential();
    there["base_url"] = json!("https://sg.weixin.qq.com");
    let channel = BoundChannel {
        credential: Secret::new(there),
        ..channel()
    };
    let http = Answering::with(ok(&json!({ "ret": 0 })));
    runtime()
        .block_on(driver().poll(&http, &channel, None))
        .unwrap();
    assert_eq!(http.requests()[0].url.host_str(), Some("sg.weixin.qq.com"));
}

#[test]
fn a_code_is_made_and_asked_after() {
    let made =
        json!({ "ret": 0, "qrcode": "q&1", "qrcode_img_content": "https://login.example/l/q1" });
    let http = Answering::with(ok(&made));
    let known = Secret::new(credential());
    let code = runtime()
        .block_on(driver().begin(&http, Some(&known)))
        .unwrap();
    assert_eq!(code.payload, "https://login.example/l/q1");
    let request = &http.requests()[0];
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.url.query(), Some("bot_type=3"));
    assert_eq!(body(request)["local_token_list"], json!([TOKEN]));
    assert_eq!(request.headers.get("authorization"), None);

    let look = |handle: &Secret<String>, digits: Option<&str>, status: Value| {
        let http = Answering::with(ok(&status));
        let looked = runtime().block_on(driver().look(&http, handle, digits));
        (looked, http.requests()[0].url.clone())
    };
    let plain = |status: &str| {
        look(&code.handle, None, json!({ "status": status }))
            .0
            .unwrap()
    };
    assert_eq!(plain("wait"), Looked::Waiting);
    assert_eq!(plain("scaned"), Looked::Scanned);
    assert_eq!(plain("need_verifycode"), Looked::NeedsDigits);
    assert_eq!(plain("binded_redirect"), Looked::Known);
    assert!(matches!(plain("expired"), Looked::Over(_)));
    assert!(matches!(plain("verify_code_blocked"), Looked::Over(_)));
    let (unknown, _) = look(&code.handle, None, json!({ "status": "dancing" }));
    assert!(matches!(unknown, Err(ScanError::Away(_))));

    let (_, url) = look(&code.handle, Some("47"), json!({ "status": "wait" }));
    assert_eq!(url.path(), "/ilink/bot/get_qrcode_status");
    assert_eq!(url.query(), Some("qrcode=q%261&verify_code=47"));

    let redirect = json!({ "status": "scaned_but_redirect", "redirect_host": "sg.weixin.qq.com" });
    let (looked, _) = look(&code.handle, None, redirect);
    let Ok(Looked::Elsewhere(handle)) = looked else {
        panic!("{looked:?}");
    };
    let confirmed = json!({ "status": "confirmed", "bot_token": TOKEN, "ilink_bot_id": BOT,
        "baseurl": "https://sg.weixin.qq.com", "ilink_user_id": "owner@im.wechat" });
    let (looked, url) = look(&handle, None, confirmed);
    assert_eq!(url.host_str(), Some("sg.weixin.qq.com"));
    let Ok(Looked::Confirmed(scanned)) = looked else {
        panic!("{looked:?}");
    };
    let settings = driver()
        .parse_settings(&json!({}), Some(scanned.credential.expose()))
        .unwrap();
    assert_eq!(settings.configuration["user_id"], "owner@im.wechat");
    assert!(settings.configuration["bound_at"].is_string());
    assert_eq!(settings.addresses[0].as_str(), "https://sg.weixin.qq.com/");
    assert!(!format!("{settings:?} {scanned:?} {handle:?}").contains(TOKEN));
}

#[test]
fn a_code_that_is_not_made_says_why() {
    let begin = |answer| {
        let http = Answering::with(answer);
        runtime().block_on(driver().begin(&http, None)).unwrap_err()
    };
    assert_eq!(
        begin(Err(HttpError::Timeout { sent: true })),
        ScanError::Late
    );
    for away in [
        Err(HttpError::Connect("no route".to_owned())),
        answer(502, &json!({})),
        ok(&json!({ "ret": -1, "errmsg": "busy" })),
        ok(&json!({ "ret": 0 })),
    ] {
        assert!(matches!(begin(away), ScanError::Away(_)));
    }
    // A question that is held to its end is no failure.
    let handle = Secret::new(json!({ "qrcode": "q" }).to_string());
    let http = Answering::with(Err(HttpError::Timeout { sent: true }));
    let looked = runtime().block_on(driver().look(&http, &handle, None));
    assert_eq!(looked, Ok(Looked::Waiting));
}
