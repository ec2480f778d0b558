use std::time::Duration;

use cloister_guest::testing::{Capability, Host};
use cloister_guest::{FailureCode, Reply};

use crate::Counter;

fn said(host: &mut Host<Counter>, text: &str) -> String {
    host.say(text).unwrap().texts().concat()
}

#[test]
fn messages_are_counted_here_and_in_all() {
    let mut host = Host::<Counter>::new();
    assert_eq!(said(&mut host, "one"), "1 here, 1 in all.");
    assert_eq!(said(&mut host, "two"), "2 here, 2 in all.");
    host.open_conversation();
    assert_eq!(said(&mut host, "three"), "1 here, 3 in all.");
}

#[test]
fn a_reminder_comes_when_it_is_due_and_where_it_was_asked_for() {
    let mut host = Host::<Counter>::new();
    let asked_in = host.conversation();
    assert_eq!(
        said(&mut host, "remind me in 20 seconds to stretch"),
        "I will remind you in 20 s."
    );
    host.open_conversation();

    assert_eq!(host.advance(Duration::from_millis(19_999)), []);
    let fired = host.advance(Duration::from_millis(1));

    assert_eq!(fired.len(), 1);
    assert_eq!(fired[0].conversation_id, asked_in);
    assert_eq!(fired[0].outcome.as_ref().unwrap().texts(), ["⏰ stretch"]);
}

#[test]
fn reminders_stand_side_by_side() {
    let mut host = Host::<Counter>::new();
    said(&mut host, "remind me in 2 seconds two");
    said(&mut host, "remind me in 1 second");
    let fired = host.advance(Duration::from_secs(2));
    let texts: Vec<_> = fired
        .iter()
        .map(|fired| fired.outcome.as_ref().unwrap().texts().concat())
        .collect();
    assert_eq!(texts, ["⏰ Time is up.", "⏰ two"]);
}

#[test]
fn a_message_is_told_in_another_conversation() {
    let mut host = Host::<Counter>::new();
    let there = host.conversation();
    host.open_conversation();
    assert_eq!(
        said(&mut host, &format!("tell {there} dinner is ready")),
        "Told."
    );
    let outbox = host.outbox();
    assert_eq!(outbox.len(), 1);
    assert_eq!(outbox[0].conversation_id, there);
    assert_eq!(outbox[0].reply, Reply::text("dinner is ready"));
}

#[test]
fn telling_nobody_fails() {
    let mut host = Host::<Counter>::new();
    let failure = host.say("tell nobody hello").unwrap_err();
    assert_eq!(failure.code, FailureCode::NotFound);
}

#[test]
fn what_was_not_granted_is_named() {
    let mut host = Host::<Counter>::new().without(Capability::State);
    let failure = host.say("one").unwrap_err();
    assert_eq!(failure.code, FailureCode::Denied);
    assert!(failure.message.contains("`state`"), "{failure:?}");
}

#[test]
fn a_misspelt_command_is_explained() {
    let mut host = Host::<Counter>::new();
    for text in [
        "remind me later",
        "remind me in 3 fortnights",
        "tell somebody",
    ] {
        let answer = said(&mut host, text);
        assert!(
            answer.starts_with("I know this one as: "),
            "{text}: {answer}"
        );
    }
}

#[test]
fn what_only_looks_like_a_command_is_counted() {
    let mut host = Host::<Counter>::new();
    assert_eq!(said(&mut host, "tell"), "1 here, 1 in all.");
    assert_eq!(said(&mut host, "remind him"), "2 here, 2 in all.");
}
