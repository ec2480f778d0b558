//! The events of a page: both what is said and what is logged, and how they resume.

use std::collections::BTreeSet;

use serde_json::json;
use tests::App;

use super::{asking, prompt, prompted, said, shown, watch};

#[tokio::test]
async fn a_page_shows_what_was_last_and_then_what_happens() {
    let app = App::start().await;
    let owner = app.owner();
    prompted(&owner, "echo", "1", "before").await;
    let mut stream = watch(&owner, "echo", None).await;
    let pair = |from: &str, text: &str| (from.to_owned(), text.to_owned());
    assert_eq!(said(&mut stream).await, pair("you", "before"));
    assert_eq!(said(&mut stream).await, pair("agent", "before"));
    prompted(&owner, "echo", "2", "after").await;
    assert_eq!(said(&mut stream).await, pair("you", "after"));
    assert_eq!(said(&mut stream).await, pair("agent", "after"));

    // The same again is the same message.
    let (_, first) = prompt(&owner, "echo", "2", "after").await;
    let (_, again) = prompt(&owner, "echo", "2", "after").await;
    assert_eq!(first, again);
    let count = "SELECT count(*) FROM messages WHERE direction = 'inbound'";
    assert_eq!(app.database().count(count).await, 2);
    // The agent is told who it is.
    let linked = "SELECT count(*) FROM contacts c JOIN users u ON u.id = c.user_id";
    assert_eq!(app.database().count(linked).await, 1);
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn nothing_is_missed_and_nothing_comes_twice_over_lost_connections() {
    let mut app = App::start().await;
    let owner = app.owner();
    owner.pushed("oblige", crate::guest("oblige")).await;
    let (mut texts, mut lines) = (Vec::new(), BTreeSet::new());
    let mut last = None;
    for round in 0..4 {
        // While no one listens, or the host is not there at all.
        if round == 2 {
            app.kill().await;
            app.restart().await;
        }
        let text = format!("log round {round}");
        prompted(&owner, "oblige", &format!("m{round}"), &text).await;
        let mut stream = watch(&owner, "oblige", last.as_deref()).await;
        // Two messages and one line a round; of lines, those of the last seconds may come again.
        while texts.len() < 2 * (round + 1) || lines.len() < round + 1 {
            let event = shown(&mut stream).await;
            let id = event.data["id"].as_str().unwrap().to_owned();
            last = event.id.or(last);
            match event.name.as_str() {
                "said" => texts.push(event.data["text"].as_str().unwrap().to_owned()),
                "line" => drop(lines.insert(id)),
                other => panic!("{other}: {}", event.data),
            }
        }
    }
    let logged = "SELECT count(*) FROM agent_log l JOIN agents a ON a.id = l.agent_id WHERE a.name = 'oblige'";
    assert_eq!(app.database().count(logged).await, lines.len() as i64);
    let told: Vec<_> = texts
        .iter()
        .filter(|text| text.starts_with("log round"))
        .collect();
    assert_eq!(
        told,
        ["log round 0", "log round 1", "log round 2", "log round 3"]
    );
    assert_eq!(texts.len(), 8);
    app.finish().await;
}

#[tokio::test]
async fn nothing_of_what_is_said_moves_a_terminal() {
    let app = App::start().await;
    let owner = app.owner();
    let nasty = "\u{1b}[2J\u{1b}]0;title\u{7}a\u{202e}b\u{9b}31mc\rd\u{8}";
    prompted(&owner, "echo", "1", nasty).await;
    let mut stream = watch(&owner, "echo", None).await;
    for who in ["you", "agent"] {
        assert_eq!(
            said(&mut stream).await,
            (who.to_owned(), "abc\nd".to_owned())
        );
    }
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn a_place_that_cannot_be_is_refused_and_one_that_is_gone_begins_anew() {
    let app = App::start().await;
    let owner = app.owner();
    let wrong = asking(&owner, "echo", "", Some("yesterday"))
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 400);
    let wrong = asking(&owner, "echo", "?conversation=here", None)
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 400);
    for body in [
        json!({ "messageId": "", "text": "x" }),
        json!({ "messageId": "1", "text": "  " }),
        json!({ "messageId": "1", "text": "x".repeat(20_001) }),
        json!({ "text": "x" }),
    ] {
        let path = "/api/agents/echo/live/prompts";
        let (status, answer) = owner.send(reqwest::Method::POST, path, Some(body)).await;
        assert_eq!(status, 400, "{answer}");
    }
    let conversation = prompted(&owner, "echo", "1", "hello").await;
    let gone = format!("{conversation}.msg_{}.", uuid::Uuid::now_v7().simple());
    let mut stream = watch(&owner, "echo", Some(&gone)).await;
    assert_eq!(said(&mut stream).await.1, "hello");
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn an_answer_is_seen_as_it_grows() {
    let app = App::start().await;
    let owner = app.owner();
    owner.pushed("oblige", crate::guest("oblige")).await;
    prompted(&owner, "oblige", "1", "hello").await;
    let mut stream = watch(&owner, "oblige", None).await;
    for who in ["you", "agent"] {
        assert_eq!(
            said(&mut stream).await,
            (who.to_owned(), "hello".to_owned())
        );
    }
    prompted(&owner, "oblige", "2", "draft the \u{1b}[2Jwhole answer").await;
    let mut grown = Vec::new();
    let answer = loop {
        let event = stream.next().await.expect("the stream goes on");
        let text = event.data["text"].as_str().map(str::to_owned);
        match event.name.as_str() {
            "partial" => grown.push(text.unwrap()),
            "said" if event.data["from"] == "agent" => break text.unwrap(),
            _ => {}
        }
    };
    assert_eq!(grown, ["Let me see", "Let me see: the whole answer"]);
    assert_eq!(answer, "the whole answer");
    drop(stream);
    app.finish().await;
}
