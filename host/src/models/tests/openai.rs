use serde_json::json;

use super::*;

fn there() -> Provider {
    provider(ProviderKind::Openai, "https://api.example/v1/")
}

#[test]
fn a_request_has_the_documented_shape() {
    let (path, body) = body(&there(), &with_tools(), true);
    assert_eq!(path, "chat/completions");
    assert_eq!(
        there().at(&path).as_str(),
        "https://api.example/v1/chat/completions"
    );
    assert_eq!(
        body,
        json!({
            "model": "some-model", "stream": true, "stream_options": { "include_usage": true },
            "max_tokens": 64, "temperature": 0.7,
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": "Hello" },
                { "role": "assistant", "content": "", "tool_calls": [{
                    "id": "c1", "type": "function",
                    "function": { "name": "weather", "arguments": "{\"place\":\"Bern\"}" }
                }] },
                { "role": "tool", "tool_call_id": "c1", "content": "{\"sky\":\"grey\"}" }
            ],
            "tools": [{ "type": "function", "function": {
                "name": "weather", "description": "Tells the weather", "parameters": { "type": "object" }
            } }]
        })
    );
}

#[test]
fn an_image_goes_as_a_data_address() {
    let mut request = plain();
    request.messages[1]
        .parts
        .push(Part::Image(sandbox::types::model::Image {
            content_type: "image/png".to_owned(),
            data: vec![1, 2, 3],
        }));
    let (_, body) = body(&there(), &request, false);
    assert_eq!(
        body["messages"][1]["content"],
        json!([
            { "type": "text", "text": "Hello" },
            { "type": "image_url", "image_url": { "url": "data:image/png;base64,AQID" } }
        ])
    );
}

#[test]
fn an_answer_is_read_whole() {
    let answer = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "model": "some-model-2026",
        "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "Let me see.", "refusal": null,
            "tool_calls": [{ "id": "c1", "type": "function",
                "function": { "name": "weather", "arguments": "{}" } }]
        } }],
        "usage": { "prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21 }
    });
    let read = whole(&there(), &plain(), answer.to_string().as_bytes()).unwrap();
    assert_eq!(
        (text(&read).as_str(), read.model.as_str()),
        ("Let me see.", "some-model-2026")
    );
    assert_eq!(calls(&read), [("c1", "weather", "{}")]);
    assert_eq!((read.usage.input_tokens, read.usage.output_tokens), (9, 12));
}

#[test]
fn a_stream_is_read_as_it_comes() {
    let stream = r#": keep-alive

data: {"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

data: {"choices":[{"index":0,"delta":{"content":"Grü"}}]}

data: {"choices":[{"index":0,"delta":{"content":"ezi"}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"weather","arguments":"{\"a\""}}]}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}

data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}

data: [DONE]

"#;
    let (texts, read) = streamed(&there(), &plain(), stream);
    assert_eq!(texts, ["Grü", "ezi"]);
    assert_eq!(calls(&read), [("c1", "weather", "{\"a\":1}")]);
    assert_eq!((read.usage.input_tokens, read.usage.output_tokens), (3, 4));
}

#[test]
fn what_is_not_counted_is_counted_by_its_length() {
    let answer =
        json!({ "choices": [{ "finish_reason": "stop", "message": { "content": "12345678" } }] });
    let read = whole(&there(), &plain(), answer.to_string().as_bytes()).unwrap();
    assert_eq!((read.usage.input_tokens, read.usage.output_tokens), (4, 2));
    assert_eq!(read.model, "some-model");
}

#[test]
fn an_error_in_the_midst_is_told() {
    let mut reader = Reader::of(&there());
    let read = reader.read(b"data: {\"error\":{\"message\":\"overloaded\",\"code\":502}}\n\n");
    assert_eq!(read, Err(Unread::Failed("overloaded".to_owned())));
    for malformed in ["no JSON", "{}", "[]", "{\"choices\":7}"] {
        let read = whole(&there(), &plain(), malformed.as_bytes()).unwrap_err();
        assert!(
            matches!(read.cause, sandbox::types::model::Cause::Malformed),
            "{malformed}"
        );
    }
}
