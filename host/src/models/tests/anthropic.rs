use serde_json::json;

use super::*;

fn there() -> Provider {
    provider(ProviderKind::Anthropic, "https://api.example")
}

#[test]
fn a_request_has_the_documented_shape() {
    let (path, body) = body(&there(), &with_tools(), false);
    assert_eq!(
        there().at(&path).as_str(),
        "https://api.example/v1/messages"
    );
    assert_eq!(
        body,
        json!({
            "model": "some-model", "max_tokens": 64, "temperature": 0.7, "system": "Be brief.",
            "messages": [
                { "role": "user", "content": [{ "type": "text", "text": "Hello" }] },
                { "role": "assistant", "content": [
                    { "type": "tool_use", "id": "c1", "name": "weather", "input": { "place": "Bern" } }
                ] },
                { "role": "user", "content": [
                    { "type": "tool_result", "tool_use_id": "c1", "content": "{\"sky\":\"grey\"}", "is_error": false }
                ] }
            ],
            "tools": [{ "name": "weather", "description": "Tells the weather", "input_schema": { "type": "object" } }],
            "tool_choice": { "type": "auto" }
        })
    );
}

#[test]
fn those_who_speak_twice_are_heard_at_once() {
    let mut request = plain();
    request.messages.push(said(Role::User, "Are you there?"));
    let (_, body) = body(&there(), &request, false);
    let messages = body["messages"].as_array().unwrap();
    assert_eq!(
        (
            messages.len(),
            messages[0]["content"].as_array().unwrap().len()
        ),
        (1, 2)
    );
}

#[test]
fn json_of_a_schema_comes_as_a_call_and_is_the_text() {
    let mut request = plain();
    request.output_schema = Some(r#"{"type":"object"}"#.to_owned());
    let (_, body) = body(&there(), &request, false);
    let name = body["tools"][0]["name"].clone();
    assert_eq!(body["tool_choice"], json!({ "type": "tool", "name": name }));
    let answer = json!({
        "model": "m", "stop_reason": "tool_use", "usage": { "input_tokens": 5, "output_tokens": 6 },
        "content": [{ "type": "tool_use", "id": "t1", "name": name, "input": { "sky": "grey" } }]
    });
    let read = whole(&there(), &request, answer.to_string().as_bytes()).unwrap();
    assert_eq!(text(&read), r#"{"sky":"grey"}"#);
    assert!(calls(&read).is_empty() && matches!(read.finish, sandbox::types::model::Finish::Stop));
}

#[test]
fn a_stream_is_read_as_it_comes() {
    let stream = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_1","model":"m-2026","content":[],"usage":{"input_tokens":25,"cache_read_input_tokens":5,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"!"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"weather","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"place\":"}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"Bern\"}"}}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}}

event: message_stop
data: {"type":"message_stop"}

"#;
    let (texts, read) = streamed(&there(), &plain(), stream);
    assert_eq!(texts, ["Hello", "!"]);
    assert_eq!(calls(&read), [("t1", "weather", "{\"place\":\"Bern\"}")]);
    assert_eq!(
        (read.usage.input_tokens, read.usage.output_tokens),
        (30, 15)
    );
    assert_eq!(read.model, "m-2026");
}

#[test]
fn an_error_in_the_midst_is_told() {
    let mut reader = Reader::of(&there());
    let event = b"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    assert_eq!(
        reader.read(event),
        Err(Unread::Failed("Overloaded".to_owned()))
    );
}
