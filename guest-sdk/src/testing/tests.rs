//! The in-memory host keeps the contract's promises. The agent under test does what its message says.

use std::time::Duration;

use super::{Capability, Host, Sign};
use crate::history::Speaker;
use crate::log::Level;
use crate::model::Request;
use crate::state::Scope;
use crate::{Agent, Context, ErrorCode, Event, Failure, FailureCode, Replies};

struct Obedient;

impl Agent for Obedient {
    fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
        let here = cx.state().conversation();
        if let Some(timer) = event.timer() {
            return Ok(format!("due: {}", timer.text().unwrap_or("?")).into());
        }
        if let Some(action) = event.action() {
            return Ok(format!("pressed: {}", action.value).into());
        }
        match event.text() {
            "everything, then fail" => {
                here.set("key", "new")?;
                cx.schedule().after("timer", Duration::from_secs(1), "")?;
                cx.outbox().send(&event.conversation.id, "out")?;
                cx.log().with("why", "asked").error("failing");
                Err(Failure::unavailable("as asked"))
            }
            "set and read" => {
                here.set("key", "new")?;
                Ok(here.text("key")?.into_iter().collect::<String>().into())
            }
            "three keys" => {
                for key in ["a/2", "b", "a/1"] {
                    here.set(key, "")?;
                }
                let second = here.keys_after("a/", Some("a/1"), 1)?.concat();
                Ok(format!("{:?} then {second}", here.keys("a/")?).into())
            }
            "a number" => Ok(format!("{:?}", here.parse::<u64>("number")?).into()),
            "limits" => Ok(limits(cx).into()),
            "history" => {
                let entries = cx.history().recent(2)?;
                let texts: Vec<_> = entries.iter().map(|entry| entry.text.as_str()).collect();
                Ok(texts.join(", ").into())
            }
            "typing" => {
                cx.progress().typing();
                cx.progress().partial("so f");
                Ok("so far".into())
            }
            "again and again" => {
                cx.schedule().after("one", Duration::from_secs(2), "old")?;
                cx.schedule().after("one", Duration::from_secs(1), "new")?;
                cx.schedule().after("gone", Duration::from_secs(1), "")?;
                let was_there = cx.schedule().cancel("gone")? && !cx.schedule().cancel("gone")?;
                Ok(format!("{was_there} {}", cx.schedule().entries()?.len()).into())
            }
            "think" => {
                let mut seen = Vec::new();
                let request = Request::new().user("think");
                let answer = cx
                    .model()
                    .stream(&request)?
                    .finish(|so_far| seen.push(so_far.len()));
                Ok(format!("{} after {seen:?}", answer?.text()).into())
            }
            _ => Ok(().into()),
        }
    }
}

/// What is said of everything that is too large or too small.
fn limits(cx: &Context) -> String {
    let here = cx.state().conversation();
    let far = Duration::from_secs(367 * 24 * 60 * 60);
    let refusals = [
        here.set("", "x").err(),
        here.set(&"k".repeat(257), "x").err(),
        here.set("k", vec![0; 256 * 1024 + 1]).err(),
        here.keys_after("", None, 1_001).err(),
        cx.history().recent(0).err(),
        cx.schedule().after("", Duration::ZERO, "").err(),
        cx.schedule().after("far", far, "").err(),
        cx.outbox().send("nowhere", "x").err(),
    ];
    let codes: Vec<_> = refusals
        .into_iter()
        .map(|error| error.map(|error| error.code))
        .collect();
    format!("{codes:?}")
}

fn said(host: &mut Host<Obedient>, text: &str) -> String {
    host.say(text).unwrap().texts().concat()
}

#[test]
fn a_turn_that_fails_leaves_nothing_but_its_log() {
    let mut host = Host::<Obedient>::new();
    host.set_state(Scope::Conversation, "key", "old");
    let failure = host.say("everything, then fail").unwrap_err();
    assert!(failure.retryable);
    assert_eq!(host.state(Scope::Conversation, "key").unwrap(), b"old");
    assert_eq!(host.outbox(), []);
    assert_eq!(host.advance(Duration::from_secs(2)), []);
    let [line] = &host.log()[..] else {
        panic!("one line, not {:?}", host.log())
    };
    assert_eq!(
        (line.level, line.message.as_str()),
        (Level::Error, "failing")
    );
    assert_eq!(line.fields, [("why".to_owned(), "asked".to_owned())]);
}

#[test]
fn a_read_sees_the_writes_of_its_own_turn() {
    let mut host = Host::<Obedient>::new();
    assert_eq!(said(&mut host, "set and read"), "new");
}

#[test]
fn keys_come_in_order_and_in_pages() {
    let mut host = Host::<Obedient>::new();
    assert_eq!(said(&mut host, "three keys"), r#"["a/1", "a/2"] then a/2"#);
}

#[test]
fn a_value_that_does_not_parse_is_named() {
    let mut host = Host::<Obedient>::new();
    assert_eq!(said(&mut host, "a number"), "None");
    host.set_state(Scope::Conversation, "number", "7");
    assert_eq!(said(&mut host, "a number"), "Some(7)");
    host.set_state(Scope::Conversation, "number", "seven");
    let failure = host.say("a number").unwrap_err();
    assert!(failure.message.contains("`number`"), "{failure}");
}

#[test]
fn what_is_too_large_or_too_small_is_refused() {
    let mut host = Host::<Obedient>::new();
    let codes = [
        ErrorCode::Invalid,
        ErrorCode::Limit,
        ErrorCode::Limit,
        ErrorCode::Limit,
        ErrorCode::Invalid,
        ErrorCode::Invalid,
        ErrorCode::Invalid,
        ErrorCode::NotFound,
    ];
    assert_eq!(said(&mut host, "limits"), format!("{:?}", codes.map(Some)));
}

#[test]
fn history_is_the_newest_before_this_message_oldest_first() {
    let mut host = Host::<Obedient>::new();
    host.remember(Speaker::Team, "hello");
    assert_eq!(said(&mut host, "history"), "hello");
    assert_eq!(said(&mut host, "history"), "history, hello");
    host.open_conversation();
    assert_eq!(said(&mut host, "history"), "");
}

#[test]
fn signs_of_life_are_seen() {
    let mut host = Host::<Obedient>::new();
    assert_eq!(said(&mut host, "typing"), "so far");
    assert_eq!(
        host.signs(),
        [Sign::Typing, Sign::Partial("so f".to_owned())]
    );
}

#[test]
fn a_timer_replaces_the_one_of_its_name_and_can_be_cancelled() {
    let mut host = Host::<Obedient>::new();
    assert_eq!(said(&mut host, "again and again"), "true 1");
    let fired = host.advance(Duration::from_secs(3));
    let texts: Vec<_> = fired
        .iter()
        .map(|fired| fired.outcome.as_ref().unwrap().texts())
        .collect();
    assert_eq!(texts, [["due: new"]]);
}

#[test]
fn a_button_comes_back_as_its_value() {
    let mut host = Host::<Obedient>::new();
    assert_eq!(host.press("left").unwrap().texts(), ["pressed: left"]);
}

#[test]
fn every_capability_can_be_withheld() {
    for (capability, text) in [
        (Capability::State, "set and read"),
        (Capability::History, "history"),
        (Capability::Schedule, "again and again"),
        (Capability::Outbox, "everything, then fail"),
    ] {
        let mut host = Host::<Obedient>::new().without(capability);
        let failure = host.say(text).unwrap_err();
        assert_eq!(
            failure.code,
            FailureCode::Denied,
            "{capability:?}: {failure}"
        );
    }
    // These two are no reason to fail.
    let mut host = Host::<Obedient>::new()
        .without(Capability::Progress)
        .without(Capability::Log);
    assert_eq!(said(&mut host, "typing"), "so far");
    assert_eq!(host.signs(), []);
    assert_eq!(
        host.say("everything, then fail").unwrap_err().code,
        FailureCode::Unavailable
    );
    assert_eq!(host.log(), []);
}

#[test]
fn a_model_answers_what_the_test_says_and_else_is_not_there() {
    let mut host = Host::<Obedient>::new().answering(["to be or"]);
    assert_eq!(said(&mut host, "think"), "to be or after [3, 6, 8]");
    let failure = host.say("think").unwrap_err();
    assert_eq!(
        (failure.code, failure.retryable),
        (FailureCode::Unavailable, true)
    );
    assert_eq!(host.asked().len(), 2);

    let failure = Host::<Obedient>::new().say("think").unwrap_err();
    assert_eq!(failure.code, FailureCode::NotFound);
    let mut host = Host::<Obedient>::new()
        .answering(["no"])
        .without(Capability::Model);
    assert_eq!(host.say("think").unwrap_err().code, FailureCode::Denied);
    assert_eq!(host.asked(), []);
}
