//! A visitor of a web channel: what a page does on their behalf, over the widget's API.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

/// The widget's API of one channel.
#[derive(Clone)]
pub struct Widget {
    url: String,
    http: reqwest::Client,
}

/// A visitor with a session.
#[derive(Clone)]
pub struct Visitor {
    widget: Widget,
    /// What opened the session.
    pub session: Value,
}

impl Widget {
    /// The one of a channel, at the address of a host.
    pub fn new(address: &str, channel: &str, http: reqwest::Client) -> Widget {
        Widget {
            url: format!("{address}/api/widget/{channel}"),
            http,
        }
    }

    /// A request, for what the methods below do not do.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Asks for a session.
    pub async fn session(&self, introduction: Value) -> (StatusCode, Value) {
        json_of(
            self.request(Method::POST, "/session")
                .json(&introduction)
                .send()
                .await
                .expect("the host answers"),
        )
        .await
    }

    /// Opens a session, which has to work.
    pub async fn open(&self, introduction: Value) -> Visitor {
        let (status, session) = self.session(introduction).await;
        assert_eq!(status, StatusCode::OK, "{session}");
        Visitor {
            widget: self.clone(),
            session,
        }
    }
}

impl Visitor {
    /// The token that opens the chat.
    pub fn token(&self) -> &str {
        self.session["token"].as_str().expect("a token")
    }

    /// The same visitor with another token.
    pub fn with_token(&self, token: &str) -> Visitor {
        let mut other = self.clone();
        other.session["token"] = json!(token);
        other
    }

    /// Says something under an id that the page made.
    pub async fn try_say(&self, id: &str, text: &str) -> (StatusCode, Value) {
        json_of(
            self.saying(id, text)
                .send()
                .await
                .expect("the host answers"),
        )
        .await
    }

    /// The same before it is sent.
    pub fn saying(&self, id: &str, text: &str) -> RequestBuilder {
        let request = self
            .widget
            .request(Method::POST, "/messages")
            .bearer_auth(self.token());
        request.json(&json!({ "message_id": id, "text": text }))
    }

    /// Says something, which has to be taken.
    pub async fn say(&self, id: &str, text: &str) -> Value {
        let (status, taken) = self.try_say(id, text).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{taken}");
        taken
    }

    /// What was said last, oldest first, as who said what.
    pub async fn history(&self) -> Vec<(String, String)> {
        let (status, log) = self.try_history().await;
        assert_eq!(status, StatusCode::OK, "{log}");
        log["messages"]
            .as_array()
            .expect("messages")
            .iter()
            .map(said)
            .collect()
    }

    /// The same as it was answered.
    pub async fn try_history(&self) -> (StatusCode, Value) {
        let request = self
            .widget
            .request(Method::GET, "/messages")
            .bearer_auth(self.token());
        json_of(request.send().await.expect("the host answers")).await
    }

    /// Watches the conversation from after an event on, or from now on.
    pub async fn watch(&self, after: Option<&str>) -> Stream {
        Stream::of(self.try_watch(after).await)
    }

    /// The same as it was answered.
    pub async fn try_watch(&self, after: Option<&str>) -> Response {
        let mut request = self
            .widget
            .request(Method::GET, &format!("/events?token={}", self.token()));
        if let Some(after) = after {
            request = request.header("Last-Event-ID", after);
        }
        request.send().await.expect("the host answers")
    }
}

/// Who said a message, and what.
pub fn said(message: &Value) -> (String, String) {
    let text = |name: &str| {
        message[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {message}"))
            .to_owned()
    };
    (text("from"), text("text"))
}

async fn json_of(answer: Response) -> (StatusCode, Value) {
    let status = answer.status();
    let text = answer.text().await.expect("a body");
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

/// One event of a stream (WHATWG HTML §9.2.6).
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What kind; `message` where it is not told.
    pub name: String,
    /// From where a stream may resume.
    pub id: Option<String>,
    /// The data as JSON.
    pub data: Value,
}

/// An open stream. Dropping it closes the connection.
pub struct Stream {
    chunks: BoxStream<'static, reqwest::Result<Bytes>>,
    text: String,
    events: VecDeque<Event>,
}

impl Stream {
    /// The events that an answer brings.
    pub fn of(answer: Response) -> Stream {
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Stream {
            chunks: answer.bytes_stream().boxed(),
            text: String::new(),
            events: VecDeque::new(),
        }
    }

    /// The next event; none where the host ended the stream.
    pub async fn next(&mut self) -> Option<Event> {
        let limit = Duration::from_secs(30);
        tokio::time::timeout(limit, self.read())
            .await
            .expect("an event within half a minute")
    }

    /// The next message, past what only passes.
    pub async fn message(&mut self) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event.name == "message" {
                return event;
            }
        }
    }

    /// The next so many messages.
    pub async fn messages(&mut self, count: usize) -> Vec<Event> {
        let mut messages = Vec::new();
        while messages.len() < count {
            messages.push(self.message().await);
        }
        messages
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            let chunk = self.chunks.next().await?.ok()?;
            self.text
                .push_str(std::str::from_utf8(&chunk).expect("whole characters"));
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                self.events.extend(event(block));
                self.text = rest.to_owned();
            }
        }
    }
}

/// An event of its lines; none where nothing but comments or settings stands in them.
fn event(block: &str) -> Option<Event> {
    let (mut name, mut id, mut data) = ("message".to_owned(), None, Vec::new());
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = value.to_owned(),
            "id" => id = Some(value.to_owned()),
            "data" => data.push(value),
            _ => {}
        }
    }
    let data = serde_json::from_str(&data.join("\n")).ok()?;
    Some(Event { name, id, data })
}
