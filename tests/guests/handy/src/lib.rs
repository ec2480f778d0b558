//! Tools that do what they should, or what they must not: each name says which.

use std::hint::black_box;

use cloister_guest::http::{Problem, Request, Response};
use cloister_guest::{Call, Context, Error, Failure, Outcome, Tool, Toolset};

struct Handy;

impl Toolset for Handy {
    fn tools() -> Vec<Tool> {
        let text = r#"{"type":"object","properties":{"text":{"type":"string","maxLength":1000}},"required":["text"],"additionalProperties":false}"#;
        let number = r#"{"type":"integer"}"#;
        vec![
            Tool::new("say", "Says it again").input(text),
            Tool::new("count", "Counts the characters")
                .input(text)
                .output(number),
            Tool::new("lie", "Promises a number").output(number),
            Tool::new("nonsense", "Answers with no JSON"),
            Tool::new("fail", "Fails"),
            Tool::new("trap", "Crashes"),
            Tool::new("spin", "Never ends"),
            Tool::new("much", "Answers with too much"),
            Tool::new("fetch", "Fetches an address").input(text),
            Tool::new("remember", "Wants to remember").input(text),
            Tool::new("call_id", "Tells the id of its call"),
            Tool::new("endless", "Cannot be described").input(r##"{"$ref":"#"}"##),
        ]
    }

    fn run(cx: &Context, call: &Call) -> Result<Outcome, Failure> {
        cx.log().info(format!("{} {}", call.name, call.arguments));
        match call.name.as_str() {
            "say" => Ok(Outcome::json(call.arguments.clone()).text(text(call))),
            "count" => Ok(Outcome::json(text(call).chars().count().to_string())),
            "lie" => Ok(Outcome::json("\"three\"")),
            "nonsense" => Ok(Outcome::json("three")),
            "fail" => Err(Failure::not_found("there is no such city")),
            "trap" => panic!("as it was told"),
            "spin" => loop {
                black_box(());
            },
            "much" => Ok(Outcome::json(format!("\"{}\"", "x".repeat(300 << 10)))),
            "fetch" => Ok(told(match fetch(cx, text(call)) {
                Ok(response) => format!("{} {}", response.status, response.text()),
                Err(problem) => format!("{:?}", problem.cause),
            })),
            "remember" => {
                let set = cx.state().agent().set("told", text(call));
                Ok(told(match set {
                    Ok(()) => "remembered".to_owned(),
                    Err(Error { code, .. }) => format!("{code:?}"),
                }))
            }
            "call_id" => Ok(told(call.id.clone())),
            unknown => Err(Failure::not_found(format!("there is no tool `{unknown}`"))),
        }
    }
}

cloister_guest::toolset!(Handy);

/// `URL`, or `POST URL`.
fn fetch(cx: &Context, what: &str) -> Result<Response, Problem> {
    let (method, url) = what.split_once(' ').unwrap_or(("GET", what));
    cx.http().send(&Request::new(method, url))
}

fn told(text: String) -> Outcome {
    Outcome::json(format!("{text:?}")).text(text)
}

/// The only argument, which no test writes with quotes in it.
fn text(call: &Call) -> &str {
    call.arguments.split('"').nth(3).unwrap_or_default()
}
