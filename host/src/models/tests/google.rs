use serde_json::json;

use super::*;

fn there() -> Provider {
    provider(ProviderKind::Google, "https://api.example")
}

#[test]
fn a_request_has_the_documented_shape() {
    let (path, body) = body(&there(), &with_tools(), true);
    assert_eq!(
        there().at(&path).as_str(),
        "https://api.example/v1beta/models/some-model:streamGenerateContent?alt=sse"
    );
    assert_eq!(
        body,
        json!({
            "systemInstruction": { "parts": [{ "text": "Be brief." }] },
            "contents": [
                { "role": "user", "parts": [{ "text": "Hello" }] },
                { "role": "model", "parts": [{ "functionCall": { "name": "weather", "args": { "place": "Bern" } } }] },
                { "role": "user", "parts": [
                    { "functionResponse": { "name": "weather", "response": { "result": { "sky": "grey" } } } }
                ] }
            ],
            "tools": [{ "functionDeclarations": [
                { "name": "weather", "description": "Tells the weather", "parametersJsonSchema": { "type": "object" } }
            ] }],
            "toolConfig": { "functionCallingConfig": { "mode": "AUTO" } },
            "generationConfig": { "maxOutputTokens": 64, "temperature": 0.7 }
        })
    );
}

#[test]
fn a_models_name_stays_within_its_part_of_the_path() {
    let mut provider = there();
    provider.model = "../x?key=1#".to_owned();
    let (path, _) = body(&provider, &plain(), false);
    let url = provider.at(&path);
    assert_eq!(url.query(), None);
    assert_eq!(
        url.path(),
        "/v1beta/models/..%2Fx%3Fkey%3D1%23:generateContent"
    );
}

#[test]
fn a_stream_is_read_as_it_comes() {
    let stream = r#"data: {"candidates":[{"content":{"parts":[{"text":"pondering","thought":true},{"text":"Hel"}],"role":"model"}}],"usageMetadata":{"promptTokenCount":4},"modelVersion":"m-001"}

data: {"candidates":[{"content":{"parts":[{"text":"lo"}],"role":"model"}}]}

data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"weather","args":{"place":"Bern"}},"thoughtSignature":"c2ln"}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":7,"thoughtsTokenCount":3}}

"#;
    let (texts, read) = streamed(&there(), &plain(), stream);
    assert_eq!(texts, ["Hel", "lo"]);
    // It gives calls no id: one is made.
    assert_eq!(
        calls(&read),
        [("call_2_0", "weather", "{\"place\":\"Bern\"}")]
    );
    assert_eq!((read.usage.input_tokens, read.usage.output_tokens), (4, 10));

    // What belongs to the call goes back with it.
    let mut request = plain();
    request.messages.push(Message {
        role: Role::Assistant,
        parts: read.parts,
    });
    let (_, body) = body(&there(), &request, false);
    assert_eq!(body["contents"][1]["parts"][1]["thoughtSignature"], "c2ln");
}

#[test]
fn a_prompt_that_is_blocked_is_filtered() {
    let answer = json!({ "promptFeedback": { "blockReason": "SAFETY" }, "usageMetadata": { "promptTokenCount": 4 } });
    let read = whole(&there(), &plain(), answer.to_string().as_bytes()).unwrap();
    assert!(matches!(
        read.finish,
        sandbox::types::model::Finish::Filtered
    ));
    assert!(read.parts.is_empty());
}
