use std::time::Duration;

use serde_json::json;

use super::*;
use crate::conformance::{Answering, Sample, check, runtime};
use crate::http::{HttpError, Response};
use crate::secret::Secret;
use crate::signature::{StandardSecret, verify_hex};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn sample() -> Sample {
    Sample {
        configuration: json!({ "callback_url": "https://product.example/hook", "platform": "slack" }),
        credential: Some(json!({ "webhook_secret": SECRET })),
        secrets: vec![SECRET.to_owned()],
        idempotent: true,
    }
}

fn channel() -> BoundChannel {
    BoundChannel {
        id: "ch_1".to_owned(),
        configuration: sample().configuration,
        credential: Secret::new(sample().credential.unwrap()),
    }
}

fn direct(user: &str) -> Target {
    Target {
        platform_chat_id: chat_id(user, None),
        platform_user_id: Some(user.to_owned()),
        is_group: false,
    }
}

fn deliver(http: &Answering, target: &Target, message: &Outbound) -> Result<Receipt, SendError> {
    runtime().block_on(Webhook.deliver(http, &channel(), target, message))
}

fn outcome(response: Response) -> Result<Receipt, SendError> {
    deliver(
        &Answering::with(Ok(response)),
        &direct("u1"),
        &Outbound::plain("d1", "hi"),
    )
}

fn status(status: u16, headers: &[(&str, &str)]) -> Response {
    Response {
        status,
        headers: headers.iter().copied().collect(),
        body: bytes::Bytes::new(),
    }
}

#[test]
fn it_does_what_every_driver_must() {
    runtime().block_on(check(&Webhook, sample()));
}

#[test]
fn the_body_is_the_documented_one_and_signed_twice() {
    let http = Answering::with(Ok(status(200, &[])));
    let receipt = deliver(&http, &direct("u1"), &Outbound::plain("d1", "hi")).unwrap();
    assert_eq!(receipt.status, Some(200));

    let [request] = http.requests().try_into().unwrap();
    let body = r#"{"event":"message.send","channelId":"ch_1","externalUserId":"u1","groupExternalId":null,"message":"hi"}"#;
    assert_eq!(request.body, body);
    let header = |name: &str| request.headers.get(name).unwrap().to_owned();
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("x-channel-id"), "ch_1");
    assert!(verify_hex(
        SECRET,
        body.as_bytes(),
        &header("x-webhook-signature")
    ));
    assert_eq!(header("webhook-id"), "d1");
    let time: i64 = header("webhook-timestamp").parse().unwrap();
    assert!(chrono::Utc::now().timestamp().abs_diff(time) < 60);
    let signature = header("webhook-signature");
    let verified = StandardSecret::parse(SECRET).unwrap().verify(
        "d1",
        time,
        body.as_bytes(),
        &signature,
        time,
        Duration::from_secs(300),
    );
    assert_eq!(verified, Ok(()));
}

#[test]
fn a_group_is_named_with_whoever_is_answered() {
    let http = Answering::with(Ok(status(200, &[])));
    let group = |user: Option<&str>| Target {
        platform_chat_id: chat_id("u1", Some("g1")),
        platform_user_id: user.map(str::to_owned),
        is_group: true,
    };
    for user in [Some("u1"), None] {
        deliver(&http, &group(user), &Outbound::plain("d1", "hi")).unwrap();
    }
    let bodies: Vec<Value> = http
        .requests()
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect();
    assert_eq!(bodies[0]["groupExternalId"], "g1");
    assert_eq!(bodies[0]["externalUserId"], "u1");
    assert_eq!(bodies[1]["externalUserId"], Value::Null);
}

#[test]
fn what_is_for_a_program_is_a_message_of_its_own() {
    let http = Answering::with(Ok(status(200, &[])));
    let message = Outbound {
        structured: Some(r#"{"a":1}"#.to_owned()),
        ..Outbound::plain("d1", "hi")
    };
    deliver(&http, &direct("u1"), &message).unwrap();

    let sent: Vec<(String, String)> = http
        .requests()
        .iter()
        .map(|request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let id = request.headers.get("webhook-id").unwrap();
            (id.to_owned(), body["message"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [("d1", "hi"), ("d1_1", r#"__structured:{"a":1}"#)];
    assert_eq!(
        sent,
        expected.map(|(id, text)| (id.to_owned(), text.to_owned()))
    );
}

#[test]
fn each_answer_means_what_the_standard_says() {
    assert_eq!(outcome(status(204, &[])).unwrap().status, Some(204));
    for code in [301, 307, 400, 401, 404, 429, 500, 502, 503, 504] {
        let error = outcome(status(code, &[])).unwrap_err();
        assert!(
            matches!(&error, SendError::Retry { status, .. } if *status == Some(code)),
            "{error:?}"
        );
    }
    assert!(matches!(
        outcome(status(410, &[])),
        Err(SendError::ChannelBroken { .. })
    ));
    assert!(matches!(
        outcome(status(413, &[])),
        Err(SendError::Permanent { .. })
    ));
    let abort = [("Webhook-Delivery", "abort-message")];
    assert!(matches!(
        outcome(status(500, &abort)),
        Err(SendError::Permanent { .. })
    ));
    assert!(outcome(status(200, &abort)).is_ok());
}

#[test]
fn a_receiver_may_say_when_to_come_again() {
    let after = |value: &str| match outcome(status(429, &[("Retry-After", value)])) {
        Err(SendError::Retry { after, .. }) => after,
        other => panic!("{other:?}"),
    };
    assert_eq!(after("7"), Some(Duration::from_secs(7)));
    assert_eq!(after("999999999"), Some(Duration::from_secs(86_400)));
    assert_eq!(after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
    assert_eq!(after("soon"), None);
    let in_an_hour =
        (chrono::Utc::now() + chrono::TimeDelta::hours(1)).format("%a, %d %b %Y %H:%M:%S GMT");
    let wait = after(&in_an_hour.to_string()).unwrap();
    assert!((3_590..=3_600).contains(&wait.as_secs()), "{wait:?}");
}

#[test]
fn a_message_that_failed_halfway_keeps_its_ids() {
    let http = Answering::in_turn([Ok(status(200, &[])), Err(HttpError::Timeout { sent: true })]);
    let message = Outbound {
        structured: Some("{}".to_owned()),
        ..Outbound::plain("d1", "hi")
    };
    assert!(matches!(
        deliver(&http, &direct("u1"), &message),
        Err(SendError::Retry { .. })
    ));
    let http = Answering::with(Ok(status(200, &[])));
    deliver(&http, &direct("u1"), &message).unwrap();
    let ids: Vec<_> = http
        .requests()
        .iter()
        .map(|request| request.headers.get("webhook-id").unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["d1", "d1_1"]);
}

#[test]
fn a_secret_is_made_where_none_is_given() {
    let settings = Webhook
        .parse_settings(&sample().configuration, None)
        .unwrap();
    let secret = settings.credential.unwrap().into_inner()["webhook_secret"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(StandardSecret::parse(&secret).is_ok());
    assert_eq!(
        settings.addresses[0].as_str(),
        "https://product.example/hook"
    );

    let weak = json!({ "webhook_secret": "whsec_test" });
    assert_eq!(
        Webhook
            .parse_settings(&sample().configuration, Some(&weak))
            .unwrap_err()
            .field,
        "webhook_secret"
    );
    let ftp = json!({ "callback_url": "ftp://product.example" });
    assert_eq!(
        Webhook.parse_settings(&ftp, None).unwrap_err().field,
        "callback_url"
    );
}
