//! Many at once, again and again, and in the midst of a power cut: each message is answered, once and in its turn.

use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;
use tests::wait::{LONG, wait_for};

use super::{Answer, Outside};

#[tokio::test]
async fn sixty_four_at_once_in_a_new_session_are_one_chat_and_as_many_answers() {
    let outside = Outside::start().await;
    outside
        .app
        .owner()
        .pushed("echo", crate::guest("counter"))
        .await;
    let messages: Vec<String> = (0..64).map(|number| format!("message {number}")).collect();
    let answers = join_all(messages.iter().map(|text| outside.say("new", text))).await;

    let chat = answers[0].chat();
    assert!(answers.iter().all(|answer| answer.chat() == chat));
    assert_eq!(outside.count("SELECT count(*) FROM chats").await, 1);
    assert_eq!(outside.count("SELECT count(*) FROM conversations").await, 1);
    let mut counts: Vec<u32> = answers
        .iter()
        .map(|answer| answer.reply().split(' ').next().unwrap().parse().unwrap())
        .collect();
    // What is answered to a message says in which place it was taken.
    let log = outside.app.database().log().await;
    let inbound: Vec<&str> = log
        .iter()
        .filter(|entry| entry.inbound)
        .map(|entry| entry.text.as_str())
        .collect();
    for (message, count) in messages.iter().zip(&counts) {
        let place = usize::try_from(*count - 1).unwrap();
        assert_eq!(inbound[place], message);
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=64).collect::<Vec<_>>());
    outside.app.finish().await;
}

#[tokio::test]
async fn two_hosts_agree_on_one_session() {
    let outside = Outside::with(App::build().set("CLOISTER_MASTER_KEY", KEY)).await;
    let beside = App::build()
        .set("CLOISTER_MASTER_KEY", KEY)
        .beside(&outside.app);
    let beside = beside.start().await;
    let urls = [&outside.app, &beside].map(|app| app.url(super::MESSAGE));
    let answers = join_all((0..32).map(async |number| {
        let body = json!({ "sessionId": "new", "message": format!("{number}") });
        let request = outside.app.http().post(&urls[number % 2]);
        let request = request.bearer_auth(&outside.token).json(&body);
        super::read(request.send().await.unwrap()).await.unwrap()
    }))
    .await;
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.reply(), number.to_string());
        assert_eq!(answer.chat(), answers[0].chat());
    }
    assert_eq!(outside.count("SELECT count(*) FROM chats").await, 1);
    assert_eq!(outside.count("SELECT count(*) FROM sessions").await, 1);
    beside.finish().await;
    outside.app.finish().await;
}

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[tokio::test]
async fn a_message_that_is_sent_again_gets_the_first_answer_and_the_first_context() {
    let outside = Outside::start().await;
    outside
        .app
        .owner()
        .pushed("echo", crate::guest("counter"))
        .await;
    outside.project("Backend", "echo").await;
    let body = |project: &str, path: &str| {
        json!({
            "sessionId": "s", "message": "hello", "messageId": "m-1", "projectId": project, "currentPath": path
        })
    };
    let first = outside.send(&body("home", "src")).await;
    assert!(first.reply().starts_with("1 here"), "{:?}", first.body);
    let elsewhere = json!({ "sessionId": "s", "message": "hi", "projectId": "backend" });
    assert_eq!(outside.send(&elsewhere).await.project(), "backend");

    // Whatever else it says by now.
    for again in [
        body("home", "src"),
        body("backend", ""),
        body("nowhere", ""),
    ] {
        assert_eq!(outside.send(&again).await.body, first.body);
    }
    assert_eq!(outside.say("s", "where am I?").await.project(), "backend");
    // In another session it is another message, and all at once are one.
    let other =
        json!({ "sessionId": "t", "message": "hello", "messageId": "m-1", "projectId": "home" });
    let answers = join_all((0..12).map(|_| outside.send(&other))).await;
    for answer in &answers {
        assert!(
            answer.reply().starts_with("1 here, 2 in all"),
            "{:?}",
            answer.body
        );
        assert_eq!(answer.body, answers[0].body);
    }
    outside.app.finish().await;
}

#[tokio::test]
async fn a_kill_in_the_midst_loses_nothing() {
    let mut outside = Outside::start().await;
    outside
        .app
        .owner()
        .pushed("echo", crate::guest("counter"))
        .await;
    for (round, point) in [
        "inbox.stored:3",
        "turn.started:4",
        "turn.ended:4",
        "turn.committed:4",
    ]
    .into_iter()
    .enumerate()
    {
        outside.app.terminate().await;
        outside.app.set("CLOISTER_FAULT", Some(point));
        outside.app.restart().await;
        let session = format!("s-{round}");
        let bodies: Vec<Value> = (0..8)
            .map(|number| {
                json!({ "sessionId": session, "message": "hello", "messageId": format!("m-{number}") })
            })
            .collect();
        let (url, token) = (outside.app.url(super::MESSAGE), outside.token.clone());
        let http = outside.app.http().clone();
        let sending = join_all(
            bodies
                .iter()
                .map(|body| until_answered(&http, &url, &token, body)),
        );
        let repairing = async {
            outside.app.died().await;
            outside.app.set("CLOISTER_FAULT", None);
            outside.app.restart().await;
        };
        let (answers, ()) = tokio::join!(sending, repairing);
        let mut counts: Vec<&str> = answers
            .iter()
            .map(|answer| answer.reply().split(' ').next().unwrap())
            .collect();
        counts.sort_unstable();
        assert_eq!(counts, ["1", "2", "3", "4", "5", "6", "7", "8"], "{point}");
        assert!(
            answers
                .iter()
                .all(|answer| answer.chat() == answers[0].chat())
        );
    }
    outside.app.finish().await;
}

/// Sends a body until there is an answer: while the host is down, and where the connection broke with it on its way.
async fn until_answered(http: &reqwest::Client, url: &str, token: &str, body: &Value) -> Answer {
    wait_for(LONG, "an answer", async || {
        let sent = http
            .post(url)
            .bearer_auth(token)
            .json(body)
            .send()
            .await
            .ok()?;
        let answer = super::read(sent).await.ok()?;
        (!answer.status.is_server_error()).then_some(answer)
    })
    .await
}

#[tokio::test]
async fn a_reply_that_takes_long_is_kept_and_asked_for_again() {
    let outside = Outside::with(App::build().set("CLOISTER_TURN_WAIT", "0.3")).await;
    outside
        .app
        .owner()
        .pushed("echo", crate::guest("oblige"))
        .await;
    let body = json!({ "sessionId": "s", "message": "compute 1500", "messageId": "m-1" });
    let late = outside.send(&body).await;
    assert_eq!(late.reply(), "");
    assert_eq!(late.body["pending"], true);
    assert!(late.body["note"].as_str().unwrap().contains("messageId"));
    let answer = wait_for(LONG, "the reply", async || {
        let answer = outside.send(&body).await;
        answer.body["pending"].is_null().then_some(answer)
    })
    .await;
    assert_eq!(answer.reply(), "Computed.");
    assert_eq!(answer.chat(), late.chat());
    assert_eq!(outside.count("SELECT count(*) FROM deliveries").await, 0);
    outside.app.finish().await;
}

#[tokio::test]
async fn a_stopped_agents_messages_wait_for_it_and_people_answer_in_its_place() {
    let outside = Outside::start().await;
    let owner = outside.app.owner();
    let stop = owner
        .send(Method::POST, "/api/agents/echo/stop", None)
        .await;
    assert_eq!(stop.0, StatusCode::OK);
    let body = json!({ "sessionId": "s", "message": "hello", "messageId": "m-1" });
    let waits = outside.send(&body).await;
    assert_eq!((waits.reply(), &waits.body["pending"]), ("", &json!(true)));
    owner
        .send(Method::POST, "/api/agents/echo/start", None)
        .await;
    let answer = wait_for(LONG, "the reply", async || {
        let answer = outside.send(&body).await;
        answer.body["pending"].is_null().then_some(answer)
    })
    .await;
    assert_eq!(answer.reply(), "hello");

    let query = "SELECT id::text FROM conversations";
    let conversation: String = outside.app.database().rows(query, &[]).await[0].get(0);
    let held = owner
        .graphql(
            "mutation($id: ID!) { takeOverConversation(id: $id) { id } }",
            json!({ "id": conversation }),
        )
        .await;
    assert!(held["errors"].is_null(), "{held}");
    let heard = outside.say("s", "is anyone there?").await;
    assert_eq!((heard.reply(), &heard.body["pending"]), ("", &json!(true)));
    assert!(heard.body["note"].as_str().unwrap().contains("people"));
    outside.app.finish().await;
}

#[tokio::test]
async fn who_begins_a_session_waits_for_nobody_to_look_for_the_turn() {
    let outside = Outside::start().await;
    let session = AtomicU32::new(0);
    // What is known after the first one is read with it.
    outside.say("before", "hello").await;
    let begin = async || {
        let number = session.fetch_add(1, Ordering::Relaxed);
        assert_eq!(
            outside.say(&format!("s-{number}"), "hello").await.reply(),
            "hello"
        );
    };
    let statements = outside.app.fewest_statements(begin).await;
    // Two more, to find the turn and to read it, where it is not handed over.
    assert!(statements <= 9.0, "{statements}");
    outside.app.finish().await;
}
