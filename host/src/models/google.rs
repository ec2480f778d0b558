//! Google's Gemini API (`POST …/v1beta/models/MODEL:generateContent`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sandbox::types::model::{Finish, Image, Part, Problem, Request, Role, ToolChoice};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::draft::{Draft, Unread};
use super::{Format, Provider, Question, parsed};

/// What a call carries that the provider wants back.
const SIGNATURE: &str = "thoughtSignature";

pub(super) struct Google;

impl Format for Google {
    fn question(
        &self,
        provider: &Provider,
        request: &Request,
        streamed: bool,
    ) -> Result<Question, Problem> {
        let mut body = Map::new();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
        let system = super::system(request);
        if !system.is_empty() {
            let parts = json!([{ "text": system }]);
            set("systemInstruction", json!({ "parts": parts }));
        }
        let said = super::turns(request).into_iter().map(|(role, parts)| {
            let role = match role {
                Role::Assistant => "model",
                _ => "user",
            };
            let parts: Vec<Value> = parts.into_iter().map(|one| part(request, one)).collect();
            json!({ "role": role, "parts": parts })
        });
        set("contents", said.collect());
        if !request.tools.is_empty() {
            let tools: Vec<Value> = request.tools.iter().map(tool).collect();
            set("tools", json!([{ "functionDeclarations": tools }]));
            let calling = match &request.tool_choice {
                ToolChoice::Automatic => json!({ "mode": "AUTO" }),
                ToolChoice::None => json!({ "mode": "NONE" }),
                ToolChoice::Required => json!({ "mode": "ANY" }),
                ToolChoice::Named(name) => {
                    json!({ "mode": "ANY", "allowedFunctionNames": [name] })
                }
            };
            set("toolConfig", json!({ "functionCallingConfig": calling }));
        }
        let mut generation = Map::new();
        if let Some(tokens) = request.max_output_tokens {
            generation.insert("maxOutputTokens".to_owned(), json!(tokens));
        }
        if let Some(hundredths) = request.temperature {
            let temperature = json!(f64::from(hundredths) / 100.0);
            generation.insert("temperature".to_owned(), temperature);
        }
        if let Some(schema) = &request.output_schema {
            let json_type = json!("application/json");
            generation.insert("responseMimeType".to_owned(), json_type);
            generation.insert("responseJsonSchema".to_owned(), parsed(schema));
        }
        if !generation.is_empty() {
            set("generationConfig", generation.into());
        }
        let model = utf8_percent_encode(&provider.model, NON_ALPHANUMERIC)
            .to_string()
            // As names of models have them; no other character gets into the path.
            .replace("%2D", "-")
            .replace("%2E", ".")
            .replace("%5F", "_");
        let key = provider.key.as_ref();
        Ok(Question {
            path: match streamed {
                true => format!("v1beta/models/{model}:streamGenerateContent?alt=sse"),
                false => format!("v1beta/models/{model}:generateContent"),
            },
            headers: key
                .map(|key| ("x-goog-api-key", key.expose().clone()))
                .into_iter()
                .collect(),
            body: body.into(),
        })
    }

    fn whole(&self, draft: &mut Draft, body: &[u8]) -> Result<(), Unread> {
        take(draft, serde_json::from_slice(body)?)
    }

    fn event(&self, draft: &mut Draft, data: &str) -> Result<(), Unread> {
        // Nothing says that a stream is over but its end, and that it was said why.
        take(draft, serde_json::from_str(data)?)
    }
}

fn tool(tool: &sandbox::types::model::Tool) -> Value {
    let schema = parsed(&tool.input_schema);
    json!({ "name": tool.name, "description": tool.description, "parametersJsonSchema": schema })
}

fn part(request: &Request, part: &Part) -> Value {
    match part {
        Part::Text(text) => json!({ "text": text }),
        Part::Image(Image { content_type, data }) => {
            let data = BASE64.encode(data);
            json!({ "inlineData": { "mimeType": content_type, "data": data } })
        }
        Part::ToolCall(call) => {
            let args = super::object(&call.arguments);
            let called = json!({ "name": call.name, "args": args });
            let mut part = Map::from_iter([("functionCall".to_owned(), called)]);
            let mut kept = call.metadata.iter();
            if let Some((_, signature)) = kept.find(|(name, _)| name == SIGNATURE) {
                part.insert(SIGNATURE.to_owned(), json!(signature));
            }
            part.into()
        }
        Part::ToolResult(result) => {
            let field = match result.is_error {
                true => "error",
                false => "result",
            };
            let content = parsed_or_text(&result.content);
            let name = called(request, &result.call_id);
            json!({ "functionResponse": { "name": name, "response": { field: content } } })
        }
    }
}

/// The name of the tool that a call of the request was for: results go by it.
fn called<'a>(request: &'a Request, id: &str) -> &'a str {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let mut names = parts.filter_map(|part| match part {
        Part::ToolCall(call) if call.id == id => Some(call.name.as_str()),
        _ => None,
    });
    names.next_back().unwrap_or_default()
}

fn parsed_or_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Feedback>,
    usage_metadata: Option<Usage>,
    model_version: Option<String>,
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Content>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    parts: Vec<Piece>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece {
    text: Option<String>,
    #[serde(default)]
    thought: bool,
    thought_signature: Option<String>,
    function_call: Option<FunctionCall>,
}

#[derive(Deserialize)]
struct FunctionCall {
    id: Option<String>,
    name: String,
    #[serde(default)]
    args: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    prompt_token_count: Option<u64>,
    candidates_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
}

fn take(draft: &mut Draft, answer: Answer) -> Result<(), Unread> {
    if let Some(error) = answer.error {
        return Err(Unread::Failed(super::open::told(&error)));
    }
    if let Some(model) = answer.model_version {
        draft.model = model;
    }
    if let Some(usage) = answer.usage_metadata {
        draft.input_tokens = usage.prompt_token_count.or(draft.input_tokens);
        let written = [usage.candidates_token_count, usage.thoughts_token_count];
        if written.iter().any(Option::is_some) {
            draft.output_tokens = Some(written.into_iter().flatten().sum());
        }
    }
    if answer
        .prompt_feedback
        .is_some_and(|told| told.block_reason.is_some())
    {
        draft.finish = Some(Finish::Filtered);
    }
    let Some(candidate) = answer.candidates.into_iter().next() else {
        return Ok(());
    };
    for piece in candidate
        .content
        .into_iter()
        .flat_map(|content| content.parts)
    {
        if let Some(text) = piece.text.filter(|_| !piece.thought) {
            draft.text.push_str(&text);
        }
        if let Some(function) = piece.function_call {
            let place = draft.next_place();
            let call = draft.call(place)?;
            call.id = function.id.unwrap_or_default();
            call.name = function.name;
            call.arguments = match function.args {
                Value::Null => String::new(),
                args => args.to_string(),
            };
            let signature = piece.thought_signature;
            call.metadata = signature
                .map(|signature| (SIGNATURE.to_owned(), signature))
                .into_iter()
                .collect();
        }
    }
    if let Some(reason) = candidate.finish_reason {
        draft.finish = Some(match reason.as_str() {
            "STOP" if draft.next_place() > 0 => Finish::ToolCalls,
            "STOP" => Finish::Stop,
            "MAX_TOKENS" => Finish::Length,
            "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => {
                Finish::Filtered
            }
            _ => Finish::Other,
        });
    }
    Ok(())
}
