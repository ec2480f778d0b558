//! OpenAI's chat completions (`POST …/chat/completions`), which Ollama, llama.cpp, vLLM, OpenRouter and others speak as well.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sandbox::types::model::{Finish, Image, Message, Part, Problem, Request, Role, ToolChoice};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::draft::{Draft, Unread};
use super::{Format, Provider, Question, parsed};

/// OpenAI's own host, which calls one field otherwise than those that followed it.
const OPENAI: &str = "api.openai.com";
/// What ends a stream.
const DONE: &str = "[DONE]";

pub(super) struct Openai;

impl Format for Openai {
    fn question(
        &self,
        provider: &Provider,
        request: &Request,
        streamed: bool,
    ) -> Result<Question, Problem> {
        let mut body = Map::new();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
        set("model", json!(provider.model));
        set(
            "messages",
            request.messages.iter().flat_map(messages).collect(),
        );
        if !request.tools.is_empty() {
            let tools = request.tools.iter().map(|tool| {
                let parameters = parsed(&tool.input_schema);
                let function = json!({
                    "name": tool.name, "description": tool.description, "parameters": parameters
                });
                json!({ "type": "function", "function": function })
            });
            set("tools", tools.collect());
            match &request.tool_choice {
                ToolChoice::Automatic => {}
                ToolChoice::None => drop(set("tool_choice", json!("none"))),
                ToolChoice::Required => drop(set("tool_choice", json!("required"))),
                ToolChoice::Named(name) => {
                    let named = json!({ "type": "function", "function": { "name": name } });
                    set("tool_choice", named);
                }
            }
        }
        if let Some(schema) = &request.output_schema {
            let named = json!({ "name": "answer", "schema": parsed(schema) });
            let format = json!({ "type": "json_schema", "json_schema": named });
            set("response_format", format);
        }
        if let Some(tokens) = request.max_output_tokens {
            let name = match provider.host() {
                OPENAI => "max_completion_tokens",
                _ => "max_tokens",
            };
            set(name, json!(tokens));
        }
        if let Some(hundredths) = request.temperature {
            set("temperature", json!(f64::from(hundredths) / 100.0));
        }
        if streamed {
            set("stream", json!(true));
            set("stream_options", json!({ "include_usage": true }));
        }
        let key = provider.key.as_ref();
        Ok(Question {
            path: "chat/completions".to_owned(),
            headers: key
                .map(|key| ("authorization", format!("Bearer {}", key.expose())))
                .into_iter()
                .collect(),
            body: body.into(),
        })
    }

    fn whole(&self, draft: &mut Draft, body: &[u8]) -> Result<(), Unread> {
        take(draft, serde_json::from_slice(body)?)
    }

    fn event(&self, draft: &mut Draft, data: &str) -> Result<(), Unread> {
        if data.trim() == DONE {
            draft.is_over = true;
            return Ok(());
        }
        take(draft, serde_json::from_str(data)?)
    }
}

/// What a message is there: the results of tools are messages of their own.
fn messages(message: &Message) -> Vec<Value> {
    let mut list = Vec::new();
    let (mut content, mut calls) = (Vec::new(), Vec::new());
    for part in &message.parts {
        match part {
            Part::Text(text) => content.push(json!({ "type": "text", "text": text })),
            Part::Image(Image { content_type, data }) => {
                let url = format!("data:{content_type};base64,{}", BASE64.encode(data));
                content.push(json!({ "type": "image_url", "image_url": { "url": url } }));
            }
            Part::ToolCall(call) => {
                let function = json!({ "name": call.name, "arguments": call.arguments });
                calls.push(json!({ "id": call.id, "type": "function", "function": function }));
            }
            Part::ToolResult(result) => list.push(json!({
                "role": "tool", "tool_call_id": result.call_id, "content": result.content
            })),
        }
    }
    if content.is_empty() && calls.is_empty() {
        return list;
    }
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    // Some know content as a text alone; a list says what a text cannot.
    let has_images = message
        .parts
        .iter()
        .any(|part| matches!(part, Part::Image(_)));
    let content = match has_images {
        true => Value::from(content),
        false => {
            let texts = content.iter().filter_map(|part| part["text"].as_str());
            Value::from(texts.collect::<Vec<_>>().join("\n"))
        }
    };
    let mut said = Map::from_iter([
        ("role".to_owned(), role.into()),
        ("content".to_owned(), content),
    ]);
    if !calls.is_empty() {
        said.insert("tool_calls".to_owned(), calls.into());
    }
    list.push(said.into());
    list
}

/// An answer, or a part of one.
#[derive(Deserialize)]
struct Answer {
    model: Option<String>,
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    usage: Option<Usage>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    /// In a whole answer.
    message: Option<Said>,
    /// In a part of one.
    delta: Option<Said>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<String>,
    refusal: Option<String>,
    tool_calls: Option<Vec<Call>>,
}

#[derive(Deserialize)]
struct Call {
    index: Option<u64>,
    id: Option<String>,
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: Option<String>,
    arguments: Option<Value>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

fn take(draft: &mut Draft, answer: Answer) -> Result<(), Unread> {
    if let Some(error) = answer.error.filter(|error| !error.is_null()) {
        return Err(Unread::Failed(super::open::told(&error)));
    }
    if let Some(model) = answer.model {
        draft.model = model;
    }
    if let Some(usage) = answer.usage {
        draft.input_tokens = usage.prompt_tokens.or(draft.input_tokens);
        draft.output_tokens = usage.completion_tokens.or(draft.output_tokens);
    }
    let Some(choices) = answer.choices else {
        return Err(Unread::Malformed("it has no `choices`".to_owned()));
    };
    // The last part of a stream has none: it tells what was used.
    let Some(choice) = choices.into_iter().next() else {
        return Ok(());
    };
    if let Some(said) = choice.message.or(choice.delta) {
        let refused = said.refusal.is_some();
        for text in said.content.into_iter().chain(said.refusal) {
            draft.text.push_str(&text);
        }
        for call in said.tool_calls.into_iter().flatten() {
            take_call(draft, call)?;
        }
        if refused {
            draft.finish = Some(Finish::Filtered);
        }
    }
    if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
        let finish = match reason.as_str() {
            "stop" => Finish::Stop,
            "length" => Finish::Length,
            "tool_calls" | "function_call" => Finish::ToolCalls,
            "content_filter" => Finish::Filtered,
            _ => Finish::Other,
        };
        draft.finish.get_or_insert(finish);
    }
    Ok(())
}

fn take_call(draft: &mut Draft, part: Call) -> Result<(), Unread> {
    let place = part.index.unwrap_or_else(|| draft.next_place());
    let call = draft.call(place)?;
    if let Some(id) = part.id.filter(|id| !id.is_empty()) {
        call.id = id;
    }
    let Some(function) = part.function else {
        return Ok(());
    };
    if let Some(name) = function.name.filter(|name| !name.is_empty()) {
        call.name = name;
    }
    match function.arguments {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => call.arguments.push_str(&text),
        // Ollama's older versions give the object itself.
        Some(other) => call.arguments.push_str(&other.to_string()),
    }
    Ok(())
}
