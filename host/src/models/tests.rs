//! Each wire format against what its provider documents: what is sent, and what is read.

mod anthropic;
mod google;
mod openai;

use sandbox::types::model::{
    Completion, Message, Part, Request, Role, Tool, ToolCall, ToolChoice, ToolResult,
};
use serde_json::Value;
use store::providers::ProviderKind;

use super::{Draft, Provider, Reader, Unread, question, whole};
use crate::outgoing::Chosen;
use crate::vault::Secret;

fn provider(kind: ProviderKind, url: &str) -> Provider {
    Provider {
        kind,
        url: url.parse().unwrap(),
        model: "some-model".to_owned(),
        key: Some(Secret::new("sk-hunter2".to_owned())),
        chosen: Chosen::BySomeone,
    }
}

fn said(role: Role, text: &str) -> Message {
    Message {
        role,
        parts: vec![Part::Text(text.to_owned())],
    }
}

fn plain() -> Request {
    Request {
        messages: vec![said(Role::System, "Be brief."), said(Role::User, "Hello")],
        tools: Vec::new(),
        tool_choice: ToolChoice::Automatic,
        output_schema: None,
        max_output_tokens: Some(64),
        temperature: Some(70),
        metadata: Vec::new(),
    }
}

/// A request after a round of tools.
fn with_tools() -> Request {
    let call = ToolCall {
        id: "c1".to_owned(),
        name: "weather".to_owned(),
        arguments: r#"{"place":"Bern"}"#.to_owned(),
        metadata: Vec::new(),
    };
    let result = ToolResult {
        call_id: "c1".to_owned(),
        content: r#"{"sky":"grey"}"#.to_owned(),
        is_error: false,
    };
    let mut request = plain();
    request.messages.push(Message {
        role: Role::Assistant,
        parts: vec![Part::ToolCall(call)],
    });
    request.messages.push(Message {
        role: Role::User,
        parts: vec![Part::ToolResult(result)],
    });
    request.tools.push(Tool {
        name: "weather".to_owned(),
        description: "Tells the weather".to_owned(),
        input_schema: r#"{"type":"object"}"#.to_owned(),
    });
    request
}

fn body(provider: &Provider, request: &Request, streamed: bool) -> (String, Value) {
    super::check(request).unwrap();
    let question = question(provider, request, streamed).unwrap();
    (question.path, question.body)
}

/// Reads a stream that comes in pieces of one byte.
fn streamed(provider: &Provider, request: &Request, text: &str) -> (Vec<String>, Completion) {
    let mut reader = Reader::of(provider);
    let mut texts = Vec::new();
    for byte in text.as_bytes().chunks(1) {
        reader.read(byte).unwrap();
        texts.extend(reader.take_text());
    }
    (texts, reader.close(provider, request).unwrap())
}

fn text(completion: &Completion) -> String {
    let texts = completion.parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn calls(completion: &Completion) -> Vec<(&str, &str, &str)> {
    let calls = completion.parts.iter().filter_map(|part| match part {
        Part::ToolCall(call) => Some((&*call.id, &*call.name, &*call.arguments)),
        _ => None,
    });
    calls.collect()
}

#[test]
fn a_provider_that_shows_the_key_is_quoted_without_it() {
    let provider = provider(ProviderKind::Openai, "https://api.example/v1");
    let shown = Unread::Failed("wrong key sk-hunter2\u{7}".to_owned()).told(&provider);
    assert_eq!(
        shown.message,
        "api.example failed while it answered: wrong key …"
    );
    let long = Unread::Malformed("x".repeat(10_000)).told(&provider);
    assert!(long.message.len() < 700, "{}", long.message.len());
    assert!(!format!("{provider:?}").contains("hunter2"));
}

#[test]
fn an_answer_without_an_end_is_cut() {
    for kind in ProviderKind::ALL {
        let provider = provider(*kind, "https://api.example");
        let closed = Draft::default().close(&provider, &plain());
        assert!(matches!(closed, Err(Unread::Cut(_))), "{kind}");
    }
}

#[test]
fn what_cannot_be_asked_is_told() {
    type Case = (&'static str, fn(&mut Request));
    let cases: [Case; 8] = [
        ("`messages`", |request| request.messages.clear()),
        ("not the system's", |request| request.messages.truncate(1)),
        ("Only a user shows images", |request| {
            request.messages[0]
                .parts
                .push(Part::Image(sandbox::types::model::Image {
                    content_type: "image/png".to_owned(),
                    data: vec![1],
                }));
        }),
        ("is no JSON", |request| {
            request.output_schema = Some("{".to_owned())
        }),
        ("no JSON object", |request| {
            request.output_schema = Some("[]".to_owned())
        }),
        ("none of the tools", |request| {
            request.tool_choice = ToolChoice::Named("x".to_owned());
        }),
        ("`temperature`", |request| request.temperature = Some(201)),
        ("two tools `weather`", |request| {
            let tool = with_tools().tools.remove(0);
            request.tools = vec![tool.clone(), tool];
        }),
    ];
    for (word, spoil) in cases {
        let mut request = plain();
        spoil(&mut request);
        let told = super::check(&request).unwrap_err();
        assert!(told.message.contains(word), "{word}: {}", told.message);
    }
    assert!(super::check(&with_tools()).is_ok());
}
