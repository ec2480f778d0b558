//! What of a request can be asked, whoever is asked.

use sandbox::types::model::{Cause, Message, Part, Problem, Request, Role, ToolChoice};
use serde_json::Value;

use super::problem;

const MESSAGES: usize = 1_000;
const TOOLS: usize = 128;
const NAME: usize = 64;
const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// Says what is wrong with a request.
pub fn check(request: &Request) -> Result<(), Problem> {
    let messages = request.messages.len();
    if !(1..=MESSAGES).contains(&messages) {
        let why = format!("`messages` are 1 to {MESSAGES}; these are {messages}.");
        return wrong(why);
    }
    if !request
        .messages
        .iter()
        .any(|message| message.role != Role::System)
    {
        return wrong("`messages` have at least one that is not the system's.");
    }
    request.messages.iter().try_for_each(message)?;
    if request.tools.len() > TOOLS {
        return wrong(format!("`tools` are at most {TOOLS}."));
    }
    for (place, tool) in request.tools.iter().enumerate() {
        let name = &tool.name;
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if name.is_empty() || name.len() > NAME || !name.chars().all(good) {
            let why = format!(
                "A tool's name is 1 to {NAME} of letters, digits, `_` and `-`, not `{name}`."
            );
            return wrong(why);
        }
        let before = request.tools.iter().take(place);
        if before.into_iter().any(|other| other.name == *name) {
            return wrong(format!("There are two tools `{name}`."));
        }
        schema(
            &tool.input_schema,
            &format!("The schema of the tool `{name}`"),
        )?;
    }
    let is_there = |name: &String| request.tools.iter().any(|tool| tool.name == *name);
    match &request.tool_choice {
        ToolChoice::Named(name) if !is_there(name) => {
            return wrong(format!(
                "`tool-choice` names `{name}`, which is none of the tools."
            ));
        }
        ToolChoice::Required if request.tools.is_empty() => {
            return wrong("`tool-choice` requires a tool, and there is none.");
        }
        _ => {}
    }
    if let Some(text) = &request.output_schema {
        schema(text, "`output-schema`")?;
    }
    if request.max_output_tokens == Some(0) {
        return wrong("`max-output-tokens` is at least 1.");
    }
    if request
        .temperature
        .is_some_and(|hundredths| hundredths > 200)
    {
        return wrong("`temperature` is 0 to 200 hundredths.");
    }
    Ok(())
}

fn message(message: &Message) -> Result<(), Problem> {
    if message.parts.is_empty() {
        return wrong("A message has at least one part.");
    }
    for part in &message.parts {
        match (message.role, part) {
            (_, Part::Text(_)) => {}
            (Role::User, Part::Image(image)) if IMAGES.contains(&image.content_type.as_str()) => {}
            (Role::User, Part::Image(image)) => {
                let (known, given) = (IMAGES.join(", "), &image.content_type);
                return wrong(format!("An image is one of {known}, not `{given}`."));
            }
            (Role::User, Part::ToolResult(_)) | (Role::Assistant, Part::ToolCall(_)) => {}
            (_, Part::Image(_)) => return wrong("Only a user shows images."),
            (_, Part::ToolCall(_)) => return wrong("Only an assistant calls tools."),
            (_, Part::ToolResult(_)) => return wrong("Only a user's message has tools' results."),
        }
    }
    Ok(())
}

/// A schema's text is that of an object.
fn schema(text: &str, what: &str) -> Result<(), Problem> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => Ok(()),
        Ok(_) => wrong(format!("{what} is no JSON object.")),
        Err(error) => wrong(format!("{what} is no JSON: {error}.")),
    }
}

fn wrong(why: impl Into<String>) -> Result<(), Problem> {
    Err(problem(Cause::Invalid, why))
}
