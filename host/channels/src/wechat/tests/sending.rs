//! What goes out, and how much of it.

use std::time::Duration;

use super::*;
use crate::message::{Sign, Window};

fn person() -> Target {
    Target {
        platform_chat_id: PERSON.to_owned(),
        platform_user_id: Some(PERSON.to_owned()),
        is_group: false,
    }
}

fn deliver(
    answers: Vec<Result<Response, HttpError>>,
    outbound: &Outbound,
) -> (Result<Receipt, SendError>, Vec<Value>) {
    let http = Answering::in_turn(answers);
    let result = runtime().block_on(driver().deliver(&http, &channel(), &person(), outbound));
    (result, http.requests().iter().map(body).collect())
}

fn taken() -> Result<Response, HttpError> {
    ok(&json!({ "ret": 0, "message_id": 77 }))
}

fn within(change: impl FnOnce(&mut Window)) -> Outbound {
    let mut outbound = Outbound::plain("d1", "hi");
    change(outbound.window.as_mut().unwrap());
    outbound
}

#[test]
fn a_message_goes_with_the_words_of_its_window() {
    let outbound = Outbound {
        choices: vec![("Yes".to_owned(), "y".to_owned())],
        ..Outbound::plain("d1", "Shall we?")
    };
    let (receipt, requests) = deliver(vec![taken()], &outbound);
    let receipt = receipt.unwrap();
    assert_eq!(receipt.platform_message_id.as_deref(), Some("77"));
    assert_eq!(receipt.sends, 1);
    let expected = json!({ "from_user_id": "", "to_user_id": PERSON, "client_id": "d1-0", "message_type": 2,
        "message_state": 2, "context_token": "ctx-1",
        "item_list": [{ "type": 1, "text_item": { "text": "Shall we?\n\n- Yes" } }] });
    assert_eq!(requests[0]["msg"], expected);
}

#[test]
fn each_refusal_means_what_it_says() {
    let outcome = |answer, attempt| {
        let outbound = Outbound {
            attempt,
            ..Outbound::plain("d1", "hi")
        };
        deliver(vec![answer], &outbound).0.unwrap_err()
    };
    let ret = |code: i64| ok(&json!({ "ret": code, "errmsg": "no" }));
    assert!(matches!(outcome(ret(-14), 1), SendError::Expired { .. }));
    assert!(matches!(outcome(ret(-2), 1), SendError::Waits { .. }));
    assert!(matches!(outcome(ret(-7), 1), SendError::Retry { .. }));
    assert!(matches!(outcome(ret(-7), 5), SendError::Permanent { .. }));
    assert!(matches!(
        outcome(answer(401, &json!({})), 1),
        SendError::Expired { .. }
    ));
    assert!(matches!(
        outcome(answer(413, &json!({})), 1),
        SendError::Permanent { .. }
    ));
    assert!(matches!(
        outcome(ok(&json!("?")), 1),
        SendError::Unknown { .. }
    ));
    let told = outcome(ret(-2), 1).to_string();
    assert!(
        told.contains("ret -2") && told.contains("write again"),
        "{told}"
    );
}

#[test]
fn outside_its_window_nothing_is_sent() {
    let closed = [
        within(|window| window.is_closed = true),
        within(|window| window.sent = 10),
        within(|window| window.opened_at = Utc::now() - TimeDelta::hours(25)),
        Outbound {
            window: None,
            ..Outbound::plain("d1", "hi")
        },
    ];
    for outbound in closed {
        let (result, requests) = deliver(vec![taken()], &outbound);
        assert!(matches!(result, Err(SendError::Waits { .. })), "{result:?}");
        assert!(requests.is_empty());
    }
    assert!(
        deliver(vec![taken()], &within(|window| window.sent = 9))
            .0
            .is_ok()
    );
}

#[test]
fn what_does_not_fit_into_the_window_waits_behind_what_does() {
    let long = format!("{}\n\n{}", "a".repeat(3_900), "b".repeat(3_900));
    let mut outbound = Outbound::plain("d1", &long);
    outbound.window.as_mut().unwrap().sent = 9;
    let (result, requests) = deliver(vec![taken(), taken()], &outbound);
    let Err(SendError::Interrupted { parts: 1, error }) = result else {
        panic!("{result:?}");
    };
    assert!(matches!(*error, SendError::Waits { .. }));
    assert_eq!(requests.len(), 1);

    let rest = Outbound {
        parts_sent: 1,
        ..Outbound::plain("d1", &long)
    };
    let (result, requests) = deliver(vec![taken()], &rest);
    assert_eq!(result.unwrap().sends, 1);
    assert_eq!(requests[0]["msg"]["client_id"], "d1-1");
    let text = &requests[0]["msg"]["item_list"][0]["text_item"]["text"];
    assert_eq!(text, &json!("b".repeat(3_900)));
}

#[test]
fn a_text_is_cut_below_the_wall() {
    let (result, requests) = deliver(
        vec![taken(), taken(), taken()],
        &Outbound::plain("d1", &"😀".repeat(9_000)),
    );
    assert_eq!(result.unwrap().sends, 3);
    for request in requests {
        let text = request["msg"]["item_list"][0]["text_item"]["text"]
            .as_str()
            .unwrap();
        assert!(text.len() <= 16_384);
    }
}

#[test]
fn typing_needs_a_ticket_that_is_asked_for_once() {
    let driver = driver();
    let http = Answering::in_turn([
        ok(&json!({ "ret": 0, "typing_ticket": "t1" })),
        ok(&json!({ "ret": 0 })),
        ok(&json!({ "ret": 0 })),
        ok(&json!({ "ret": -1 })),
        ok(&json!({ "ret": 0, "typing_ticket": "t2" })),
        ok(&json!({ "ret": 0 })),
    ]);
    let show = |sign: Sign| runtime().block_on(driver.show(&http, &channel(), &person(), &sign));
    assert_eq!(show(Sign::Typing), Ok(None));
    // An answer that grows is no message: each one counts.
    let partial = Sign::Partial {
        text: "Let me".to_owned(),
        shown_in: None,
    };
    assert_eq!(show(partial), Ok(None));
    assert!(show(Sign::Typing).is_err());
    assert_eq!(show(Sign::Typing), Ok(None));
    let requests = http.requests();
    let paths: Vec<&str> = requests.iter().map(|one| one.url.path()).collect();
    let (config, typing) = ("/ilink/bot/getconfig", "/ilink/bot/sendtyping");
    assert_eq!(paths, [config, typing, typing, typing, config, typing]);
    let last = body(&requests[5]);
    assert_eq!(
        (&last["typing_ticket"], &last["status"]),
        (&json!("t2"), &json!(1))
    );
    assert_eq!(requests[0].timeout, Duration::from_secs(15));
}
