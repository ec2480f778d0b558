//! Asking a model, in the ways that there are.

use cloister_guest::Context;
use cloister_guest::model::{Completion, Piece, Problem, Request, Tool};

/// What the model said, or the problem's cause and message.
pub fn ask(context: &Context, how: &str, text: &str) -> String {
    let answer = match how {
        "stream" => stream(context, text),
        "asks" => over_and_over(context, text),
        "twice" => twice(context, text),
        "drop" => dropped(context, text),
        "schema" => schema(context, text),
        "tool" => tool(context, text),
        _ => whole(context, text),
    };
    answer.unwrap_or_else(|problem| {
        let (cause, status) = (problem.cause, problem.status.unwrap_or_default());
        let cause = format!("{cause:?}").replace("Cause::", "");
        format!("{cause} {status}: {}", problem.message)
    })
}

fn whole(context: &Context, text: &str) -> Result<String, Problem> {
    let completion = context.model().complete(&Request::new().user(text))?;
    Ok(completion.text())
}

fn stream(context: &Context, text: &str) -> Result<String, Problem> {
    let mut pieces = 0;
    let stream = context.model().stream(&Request::new().user(text))?;
    let completion = stream.finish(|so_far| {
        pieces += 1;
        context.progress().partial(so_far);
    })?;
    let Completion { usage, .. } = &completion;
    let tokens = usage.input_tokens + usage.output_tokens;
    Ok(format!(
        "{} ({pieces} pieces, {tokens} tokens)",
        completion.text()
    ))
}

/// The same question so often (`asks COUNT TEXT`); the last answer.
fn over_and_over(context: &Context, text: &str) -> Result<String, Problem> {
    let (count, text) = text.split_once(' ').unwrap_or((text, ""));
    let mut answer = String::new();
    for _ in 0..count.parse().unwrap_or(1_u8) {
        answer = whole(context, text)?;
    }
    Ok(answer)
}

/// Two questions in one turn, the second with the answer of the first.
fn twice(context: &Context, text: &str) -> Result<String, Problem> {
    let first = whole(context, text)?;
    whole(context, &format!("{first}!"))
}

/// Reads one piece of an answer and no more, seventeen times over.
fn dropped(context: &Context, text: &str) -> Result<String, Problem> {
    let mut open = Vec::new();
    for _ in 0..16 {
        let mut stream = context.model().stream(&Request::new().user(text))?;
        let first = stream.next();
        assert!(
            matches!(first, Some(Ok(Piece::Text(_)))),
            "{}",
            first.is_some()
        );
        open.push(stream);
    }
    let one_too_many = context.model().stream(&Request::new().user(text));
    let told = one_too_many.err().map(|problem| problem.message);
    drop(open);
    whole(context, text).map(|last| format!("{last}; {}", told.unwrap_or_default()))
}

fn schema(context: &Context, text: &str) -> Result<String, Problem> {
    let request = Request::new()
        .user(text)
        .output_schema("{\"type\": \"object\"}");
    Ok(context.model().complete(&request)?.text())
}

fn tool(context: &Context, text: &str) -> Result<String, Problem> {
    let tool = Tool::new("weather", "Tells the weather", "{\"type\": \"object\"}");
    let completion = context
        .model()
        .complete(&Request::new().user(text).tool(tool))?;
    let calls = completion
        .tool_calls()
        .map(|call| format!("{}({})", call.name, call.arguments));
    Ok(calls.collect::<Vec<_>>().join(", "))
}
