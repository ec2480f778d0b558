//! Anthropic's messages (`POST …/v1/messages`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sandbox::types::model::{Finish, Image, Part, Problem, Request, Role, ToolChoice};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::draft::{Draft, Unread};
use super::{Format, Provider, Question, parsed};

const VERSION: &str = "2023-06-01";
/// Tokens of an answer where the request does not say: there has to be a number.
const OUTPUT_TOKENS: u32 = 4_096;
/// The tool whose arguments are the answer, where it is to fit a schema.
pub(super) const OUTPUT: &str = "give_the_answer";

pub(super) struct Anthropic;

impl Format for Anthropic {
    fn question(
        &self,
        provider: &Provider,
        request: &Request,
        streamed: bool,
    ) -> Result<Question, Problem> {
        let mut body = Map::new();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
        set("model", json!(provider.model));
        let tokens = request.max_output_tokens.unwrap_or(OUTPUT_TOKENS);
        set("max_tokens", json!(tokens));
        let system = super::system(request);
        if !system.is_empty() {
            set("system", json!(system));
        }
        let said = super::turns(request).into_iter().map(|(role, parts)| {
            let role = match role {
                Role::Assistant => "assistant",
                _ => "user",
            };
            let content: Vec<Value> = parts.into_iter().filter_map(part).collect();
            json!({ "role": role, "content": content })
        });
        set("messages", said.collect());
        let (tools, choice) = tools(request);
        if !tools.is_empty() {
            set("tools", tools.into());
            set("tool_choice", choice);
        }
        if let Some(hundredths) = request.temperature {
            // There, 1 is the most.
            set("temperature", json!(f64::from(hundredths.min(100)) / 100.0));
        }
        if streamed {
            set("stream", json!(true));
        }
        let key = provider.key.as_ref();
        let key = key.map(|key| ("x-api-key", key.expose().clone()));
        Ok(Question {
            path: "v1/messages".to_owned(),
            headers: [("anthropic-version", VERSION.to_owned())]
                .into_iter()
                .chain(key)
                .collect(),
            body: body.into(),
        })
    }

    fn whole(&self, draft: &mut Draft, body: &[u8]) -> Result<(), Unread> {
        let answer: Whole = serde_json::from_slice(body)?;
        draft.model = answer.model.unwrap_or_default();
        draft.take_usage(answer.usage);
        for (place, block) in (0..).zip(answer.content) {
            draft.begin(place, block)?;
        }
        draft.stopped(answer.stop_reason.as_deref());
        draft.is_over = true;
        Ok(())
    }

    fn event(&self, draft: &mut Draft, data: &str) -> Result<(), Unread> {
        match serde_json::from_str(data)? {
            Event::MessageStart { message } => {
                draft.model = message.model.unwrap_or_default();
                draft.take_usage(message.usage);
            }
            Event::ContentBlockStart {
                index,
                content_block,
            } => draft.begin(index, content_block)?,
            Event::ContentBlockDelta { index, delta } => match delta {
                Delta::Text { text } => draft.text.push_str(&text),
                Delta::InputJson { partial_json } => {
                    draft.call(index)?.arguments.push_str(&partial_json);
                }
                Delta::Other => {}
            },
            Event::MessageDelta { delta, usage } => {
                draft.take_usage(usage);
                draft.stopped(delta.stop_reason.as_deref());
            }
            Event::MessageStop => draft.is_over = true,
            Event::Error { error } => return Err(Unread::Failed(super::open::told(&error))),
            Event::Other => {}
        }
        Ok(())
    }
}

/// The tools, and which of them are to be called. JSON of a schema is the arguments of one more.
fn tools(request: &Request) -> (Vec<Value>, Value) {
    let mut tools: Vec<Value> = request.tools.iter().map(tool).collect();
    let mut choice = match &request.tool_choice {
        ToolChoice::Automatic => json!({ "type": "auto" }),
        ToolChoice::None => json!({ "type": "none" }),
        ToolChoice::Required => json!({ "type": "any" }),
        ToolChoice::Named(name) => json!({ "type": "tool", "name": name }),
    };
    if let Some(schema) = &request.output_schema {
        choice = match tools.is_empty() || matches!(request.tool_choice, ToolChoice::None) {
            true => json!({ "type": "tool", "name": OUTPUT }),
            false if matches!(request.tool_choice, ToolChoice::Automatic) => {
                json!({ "type": "any" })
            }
            false => choice,
        };
        tools.push(json!({
            "name": OUTPUT, "description": "Gives the answer. It is called once, at the end.",
            "input_schema": parsed(schema)
        }));
    }
    (tools, choice)
}

fn tool(tool: &sandbox::types::model::Tool) -> Value {
    let schema = parsed(&tool.input_schema);
    json!({ "name": tool.name, "description": tool.description, "input_schema": schema })
}

fn part(part: &Part) -> Option<Value> {
    Some(match part {
        // It refuses texts that are empty.
        Part::Text(text) if text.trim().is_empty() => return None,
        Part::Text(text) => json!({ "type": "text", "text": text }),
        Part::Image(Image { content_type, data }) => {
            let data = BASE64.encode(data);
            let source = json!({ "type": "base64", "media_type": content_type, "data": data });
            json!({ "type": "image", "source": source })
        }
        Part::ToolCall(call) => {
            let input = super::object(&call.arguments);
            json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": input })
        }
        Part::ToolResult(result) => json!({
            "type": "tool_result", "tool_use_id": result.call_id, "content": result.content,
            "is_error": result.is_error
        }),
    })
}

#[derive(Deserialize)]
struct Whole {
    model: Option<String>,
    content: Vec<Block>,
    stop_reason: Option<String>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        id: String,
        name: String,
        input: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Usage {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Start,
    },
    ContentBlockStart {
        index: u64,
        content_block: Block,
    },
    ContentBlockDelta {
        index: u64,
        delta: Delta,
    },
    MessageDelta {
        delta: Stopped,
        usage: Option<Usage>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    /// Pings, ends of blocks, and what is yet to come.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Start {
    model: Option<String>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Delta {
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: String },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Stopped {
    stop_reason: Option<String>,
}

impl Draft {
    fn begin(&mut self, place: u64, block: Block) -> Result<(), Unread> {
        match block {
            Block::Text { text } => self.text.push_str(&text),
            Block::ToolUse { id, name, input } => {
                let call = self.call(place)?;
                (call.id, call.name) = (id, name);
                // In a stream it begins empty, and what it is comes after it.
                if input.as_object().is_some_and(|input| !input.is_empty()) {
                    call.arguments = input.to_string();
                }
            }
            Block::Other => {}
        }
        Ok(())
    }

    fn take_usage(&mut self, usage: Option<Usage>) {
        let Some(usage) = usage else { return };
        if let Some(read) = usage.input_tokens {
            let cached = [
                usage.cache_creation_input_tokens,
                usage.cache_read_input_tokens,
            ];
            self.input_tokens = Some(read + cached.into_iter().flatten().sum::<u64>());
        }
        self.output_tokens = usage.output_tokens.or(self.output_tokens);
    }

    fn stopped(&mut self, reason: Option<&str>) {
        let Some(reason) = reason else { return };
        self.finish = Some(match reason {
            "end_turn" | "stop_sequence" => Finish::Stop,
            "max_tokens" | "model_context_window_exceeded" => Finish::Length,
            "tool_use" => Finish::ToolCalls,
            "refusal" => Finish::Filtered,
            _ => Finish::Other,
        });
    }
}
