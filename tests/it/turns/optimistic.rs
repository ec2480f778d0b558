//! Messages whose turns run before they are stored, with these: nobody may tell them from others but by what they cost.

use futures_util::future::join_all;
use reqwest::Method;
use tests::channel::{Channel, message, message_with_id};
use tests::process::Ended;
use tests::wait::{LONG, wait_for};
use tests::{App, Callback};

use super::hosts::KEY;

/// What was said in a chat, each with what was answered to it.
async fn chat(app: &App, user: &str) -> Vec<(String, Vec<String>)> {
    let mut said: Vec<(String, Option<String>, Vec<String>)> = Vec::new();
    for entry in app.database().log().await {
        if !entry.chat.ends_with(user) {
            continue;
        }
        if entry.inbound {
            said.push((entry.text, entry.turn, Vec::new()));
            continue;
        }
        let of = said.iter_mut().find(|(_, turn, _)| *turn == entry.turn);
        of.expect("a reply comes after its message")
            .2
            .push(entry.text);
    }
    said.into_iter()
        .map(|(text, _, replies)| (text, replies))
        .collect()
}

fn echoed<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<(String, Vec<String>)> {
    let each = texts.into_iter();
    each.map(|text| (text.to_owned(), vec![text.to_owned()]))
        .collect()
}

/// Two messages: the first makes the contact, by the second it is known to talk as usual, and the third is guessed.
async fn acquaint(channel: &Channel, user: &str) {
    for text in ["one", "two"] {
        assert_eq!(channel.say(user, text).await, [text]);
    }
}

#[tokio::test]
async fn a_message_of_someone_known_is_one_statement_and_looks_like_any_other() {
    let (app, callback, channel) = crate::serving("echo").await;
    acquaint(&channel, "U1").await;
    let said = async || assert_eq!(channel.say("U1", "three").await, ["three"]);
    assert_eq!(app.fewest_statements(said).await, 1.0);

    // As they are listed: in order, with the turn between them, and the wait before it.
    let log = chat(&app, "U1").await;
    let three = std::iter::repeat_n("three", 20);
    assert_eq!(log, echoed(["one", "two"].into_iter().chain(three)));
    let odd = "SELECT count(*) FROM turns t JOIN messages m ON m.id = t.message_id
        JOIN messages r ON r.turn_id = t.id AND r.direction = 'outbound'
        JOIN conversations c ON c.id = t.conversation_id
        WHERE NOT (t.status = 'done' AND t.attempts = 1 AND t.host_calls = 0 AND t.guest_micros >= 0
            AND t.module_digest IS NOT NULL AND t.queued_at <= t.finished_at
            AND m.direction = 'inbound' AND m.turn_id = t.id AND m.contact_id = c.contact_id
            AND m.created_at <= r.created_at AND m.sequence < r.sequence AND r.agent_id = t.agent_id)";
    assert_eq!(app.database().count(odd).await, 0);
    assert_eq!(app.database().turns("echo").await.len(), 22);
    assert!(callback.received().is_empty(), "nothing is delivered twice");
    app.finish().await;
}

#[tokio::test]
async fn who_sends_a_message_again_gets_its_answer_and_it_is_there_once() {
    let (app, _callback, channel) = crate::serving("echo").await;
    acquaint(&channel, "U1").await;
    let three = message_with_id("U1", "three", "m-3");
    let answers = join_all((0..8).map(|_| channel.send(&three))).await;
    for answer in answers {
        assert_eq!(answer.replies(), ["three"]);
    }
    let again = message_with_id("U1", "other words", "m-3");
    assert_eq!(channel.send(&again).await.replies(), ["three"]);
    assert_eq!(channel.say("U1", "four").await, ["four"]);
    assert_eq!(
        chat(&app, "U1").await,
        echoed(["one", "two", "three", "four"])
    );
    app.finish().await;
}

#[tokio::test]
async fn many_at_once_in_one_chat_are_each_answered_once() {
    let (app, callback, channel) = crate::serving("echo").await;
    acquaint(&channel, "U1").await;
    let texts: Vec<String> = (0..40).map(|number| format!("message {number}")).collect();
    let said = join_all(texts.iter().map(|text| channel.say("U1", text))).await;
    assert!(
        said.iter()
            .zip(&texts)
            .all(|(replies, text)| replies == &[text.as_str()])
    );
    let mut log = chat(&app, "U1").await.split_off(2);
    log.sort();
    let mut expected = echoed(texts.iter().map(String::as_str));
    expected.sort();
    assert_eq!(log, expected);
    assert!(callback.received().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn what_was_changed_since_the_last_message_counts_for_the_next() {
    let (app, callback, channel) = crate::serving("echo").await;
    acquaint(&channel, "U1").await;
    let owner = app.owner();
    // Another module.
    owner.pushed("echo", crate::guest("counter")).await;
    assert_eq!(channel.say("U1", "three").await, ["1 here, 1 in all."]);
    owner.pushed("echo", crate::guest("echo")).await;
    for text in ["four", "five"] {
        assert_eq!(channel.say("U1", text).await, [text]);
    }
    // Stopped, and started again.
    owner
        .send(Method::POST, "/api/agents/echo/stop", None)
        .await;
    assert_eq!(channel.say("U1", "six").await, [""; 0]);
    owner
        .send(Method::POST, "/api/agents/echo/start", None)
        .await;
    assert_eq!(callback.wait_for(1).await[0].text(), "six");
    // By another name.
    let renamed =
        serde_json::json!({ "externalUserId": "U1", "message": "seven", "displayName": "Ada" });
    assert_eq!(channel.send(&renamed).await.replies(), ["seven"]);
    let named = "SELECT count(*) FROM contacts WHERE display_name = 'Ada'";
    assert_eq!(app.database().count(named).await, 1);
    assert_eq!(channel.say("U1", "eight").await, ["eight"]);
    // A command, which is no message for the agent.
    let help = channel.say("U1", "/help").await.concat();
    assert!(help.contains("/help"), "{help}");
    assert_eq!(channel.say("U1", "nine").await, ["nine"]);
    app.finish().await;
}

#[tokio::test]
async fn an_agent_that_asks_for_more_for_the_first_time_gets_it() {
    let (app, _callback, channel) = crate::serving("oblige").await;
    acquaint(&channel, "U1").await;
    let hello = async || assert_eq!(channel.say("U1", "hello").await, ["hello"]);
    assert_eq!(app.fewest_statements(hello).await, 1.0);
    // A line counts once, and is nothing that a turn has to wait for.
    assert_eq!(channel.say("U1", "log a line").await, ["Noted."]);
    let lines = "SELECT count(*) FROM agent_log WHERE message = 'a line'";
    let written = async || (app.database().count(lines).await > 0).then_some(());
    wait_for(LONG, "the line", written).await;
    assert_eq!(app.database().count(lines).await, 1);
    assert_eq!(app.fewest_statements(hello).await, 1.0);

    // What it would have heard ahead is a refusal, in its answer.
    let first = channel
        .say("U1", "repeat wake UTC 0 9 * * *")
        .await
        .concat();
    let at = first.parse::<u64>();
    assert!(at.is_ok(), "the first slot, in milliseconds: {first}");
    let timers = "SELECT count(*) FROM schedules WHERE name = 'wake'";
    assert_eq!(app.database().count(timers).await, 1);
    assert_eq!(
        app.fewest_statements(hello).await,
        2.0,
        "none runs ahead any more"
    );
    assert_eq!(channel.say("U1", "cancel wake").await, ["true"]);
    app.finish().await;
}

#[tokio::test]
async fn two_hosts_that_both_know_the_chat_agree_on_its_order() {
    let first = App::build().set("CLOISTER_MASTER_KEY", KEY).start().await;
    let second = App::build()
        .set("CLOISTER_MASTER_KEY", KEY)
        .beside(&first)
        .start()
        .await;
    let callback = Callback::start().await;
    first.owner().pushed("echo", crate::guest("echo")).await;
    let here = first.owner().channel("echo", &callback.url()).await;
    let there = here.at(&second.address());
    acquaint(&here, "U1").await;
    acquaint(&there, "U1").await;
    let mut texts: Vec<String> = ["one", "two", "one", "two"].map(str::to_owned).into();
    for number in 0..12 {
        let (text, way) = (format!("turn {number}"), [&here, &there][number / 2 % 2]);
        assert_eq!(way.say("U1", &text).await, [text.as_str()]);
        texts.push(text);
    }
    assert_eq!(
        chat(&first, "U1").await,
        echoed(texts.iter().map(String::as_str))
    );

    // The same to both at once, under one name each.
    let racing = (0..30).map(async |number| {
        let text = format!("race {number}");
        let body = message_with_id("U1", &text, &text);
        let (one, other) = tokio::join!(here.send(&body), there.send(&body));
        assert_eq!(
            [one.replies(), other.replies()],
            [[text.clone()], [text.clone()]]
        );
        text
    });
    let mut raced = join_all(racing).await;
    raced.sort();
    let mut log = chat(&first, "U1").await.split_off(texts.len());
    log.sort();
    assert_eq!(log, echoed(raced.iter().map(String::as_str)));
    second.finish().await;
    first.finish().await;
}

#[tokio::test]
async fn a_host_that_is_killed_on_the_way_loses_none_and_answers_none_twice() {
    for point in [
        "inbox.received",
        "turn.started",
        "turn.ended",
        "turn.committed",
    ] {
        let (mut app, callback, channel) = crate::serving("echo").await;
        assert_eq!(app.terminate().await, Ended::Code(0));
        app.set("CLOISTER_FAULT", Some(&format!("{point}:11")));
        app.restart().await;
        let talking = join_all((0..3).map(async |person| {
            for number in 0..6 {
                let (user, text) = (format!("U{person}"), format!("message {number}"));
                let body = &message_with_id(&user, &text, &format!("{user}-{number}"));
                let answer = wait_for(LONG, "an answer", async || channel.attempt(body).await);
                // What the host could not say before it died goes out as a delivery.
                let replies = answer.await.replies();
                assert!(replies.is_empty() || replies == [text], "{replies:?}");
            }
        }));
        let repairing = async {
            assert_eq!(
                app.died().await,
                Ended::Signal(9),
                "the host reached {point}"
            );
            app.set("CLOISTER_FAULT", None);
            app.restart().await;
        };
        tokio::join!(talking, repairing);
        app.database().settled().await;
        let texts: Vec<String> = (0..6).map(|number| format!("message {number}")).collect();
        for user in ["U0", "U1", "U2"] {
            let log = chat(&app, user).await;
            assert_eq!(
                log,
                echoed(texts.iter().map(String::as_str)),
                "{point}: {user}"
            );
        }
        drop(callback);
        app.finish().await;
    }
}

#[tokio::test]
async fn a_caller_who_goes_away_is_answered_all_the_same() {
    let (app, callback, channel) = crate::serving("echo").await;
    acquaint(&channel, "U1").await;
    // Held up on its way: nobody can store anything while the chat's row is taken.
    let database = app.database();
    for statement in ["BEGIN", "SELECT FROM conversations FOR UPDATE"] {
        database.rows(statement, &[]).await;
    }
    let request = app.http().post(channel.url()).bearer_auth(&channel.key);
    let request = request.json(&message("U1", "three"));
    let gone = request
        .timeout(std::time::Duration::from_millis(300))
        .send()
        .await;
    assert!(gone.is_err_and(|error| error.is_timeout()));
    database.rows("ROLLBACK", &[]).await;
    assert_eq!(callback.wait_for(1).await[0].text(), "three");
    assert_eq!(chat(&app, "U1").await, echoed(["one", "two", "three"]));
    app.finish().await;
}
