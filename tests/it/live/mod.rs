//! Live pages of agents: what is logged and said, as it happens, and a line to say something.

mod links;
mod page;
mod rights;
mod stream;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tests::owner::Owner;
use tests::visitor::{Event, Stream};

/// Says something from a page; where it went.
async fn prompt(who: &Owner, agent: &str, id: &str, text: &str) -> (StatusCode, Value) {
    let body = json!({ "messageId": id, "text": text });
    let path = format!("/api/agents/{agent}/live/prompts");
    who.send(Method::POST, &path, Some(body)).await
}

/// The same, which has to be taken: the conversation.
async fn prompted(who: &Owner, agent: &str, id: &str, text: &str) -> String {
    let (status, answer) = prompt(who, agent, id, text).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    answer["conversationId"].as_str().unwrap().to_owned()
}

/// The request for the events of a page, from after one on.
fn asking(who: &Owner, agent: &str, query: &str, after: Option<&str>) -> RequestBuilder {
    let request = who.request(
        Method::GET,
        &format!("/api/agents/{agent}/live/events{query}"),
    );
    match after {
        Some(after) => request.header("Last-Event-ID", after),
        None => request,
    }
}

/// The events of the caller's own page, after the one that says how it stands.
async fn watch(who: &Owner, agent: &str, after: Option<&str>) -> Stream {
    let answer = asking(who, agent, "", after).send().await.unwrap();
    let mut stream = Stream::of(answer);
    let first = stream.next().await.unwrap();
    assert_eq!(first.name, "console", "{first:?}");
    stream
}

/// The next event that shows something, past what only passes.
async fn shown(stream: &mut Stream) -> Event {
    loop {
        let event = stream.next().await.expect("the stream goes on");
        if !["typing", "partial"].contains(&event.name.as_str()) {
            return event;
        }
    }
}

/// The next message: who said it, and what.
async fn said(stream: &mut Stream) -> (String, String) {
    loop {
        let event = shown(stream).await;
        if event.name == "said" {
            let text = |name: &str| event.data[name].as_str().unwrap().to_owned();
            return (text("from"), text("text"));
        }
    }
}
