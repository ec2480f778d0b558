//! Tools of the project in the hands of the model.

use cloister_guest::model::{Completion, Part, Request};
use cloister_guest::testing::{Capability, Host};
use cloister_guest::tools::{Cause, Outcome, Problem, Tool};

use super::{calling, host, said, text_of};
use crate::Assistant;
use crate::texts::{self, Text};

fn weather() -> Tool {
    Tool::new("weather__today", "Tells today's weather").input(r#"{"type":"object"}"#)
}

/// A host whose model calls the weather with these arguments and then says what it was told.
fn forecasting(arguments: &'static str) -> Host<Assistant> {
    host().with_model(move |request| {
        Ok(told(request).unwrap_or_else(|| calling("weather__today", arguments)))
    })
}

fn told(request: &Request) -> Option<Completion> {
    match request.messages.last()?.parts.first()? {
        Part::ToolResult(result) => {
            let mark = if result.is_error { "error: " } else { "" };
            Some(Completion::of(format!("{mark}{}", result.content)))
        }
        _ => None,
    }
}

#[test]
fn the_model_is_told_of_tools_and_has_them_called() {
    let mut host = forecasting(r#"{"place":"Bern"}"#)
        .with_tool(weather(), |_| Ok(Outcome::json(r#"{"sun":true}"#)));
    assert_eq!(said(&mut host, "Weather?"), r#"{"sun":true}"#);
    let called = [(
        "weather__today".to_owned(),
        r#"{"place":"Bern"}"#.to_owned(),
    )];
    assert_eq!(host.called(), called);
    let names: Vec<_> = host.asked()[0]
        .tools
        .iter()
        .map(|tool| tool.name.clone())
        .collect();
    assert_eq!(names, ["remember", "forget", "weather__today"]);
    assert_eq!(
        host.asked()[0].tools[2].input_schema,
        r#"{"type":"object"}"#
    );
}

#[test]
fn a_call_without_arguments_has_none() {
    let mut host = forecasting(" ").with_tool(weather(), |_| Ok(Outcome::json("1")));
    assert_eq!(said(&mut host, "Weather?"), "1");
    assert_eq!(host.called()[0].1, "{}");
}

#[test]
fn what_went_wrong_is_for_the_model_to_handle() {
    for cause in [
        Cause::Failed,
        Cause::Invalid,
        Cause::TimedOut,
        Cause::Declined,
    ] {
        let mut host = forecasting("{}").with_tool(weather(), move |_| {
            Err(Problem::of(cause, "no wind at all"))
        });
        assert_eq!(said(&mut host, "Weather?"), "error: no wind at all");
    }
}

#[test]
fn a_tool_that_there_is_not_is_not_called() {
    let mut host = forecasting("{}");
    assert_eq!(
        said(&mut host, "Weather?"),
        "error: there is no tool `weather__today`"
    );
    assert!(host.called().is_empty());
}

#[test]
fn calls_and_results_have_bounds() {
    let mut host = host()
        .configured(r#"{"rounds": 20}"#)
        .with_model(|_| {
            let mut completion = calling("weather__today", "{}");
            let call = completion.parts[0].clone();
            completion.parts = vec![call; 3];
            Ok(completion)
        })
        .with_tool(weather(), |_| Ok(Outcome::json("x".repeat(100_000))));
    assert_eq!(said(&mut host, "Go on"), texts::of("", Text::Nothing));
    assert_eq!(host.called().len(), 24);
    assert_eq!(host.asked().len(), 20);
    let results = host.asked()[1].messages.last().unwrap().parts.clone();
    let Part::ToolResult(result) = &results[0] else {
        panic!("{results:?}");
    };
    assert!(result.content.len() < 24_100, "{}", result.content.len());
    assert!(
        result
            .content
            .ends_with("[the rest, 76000 bytes, is left out]")
    );
}

#[test]
fn the_owner_says_how_often_the_model_is_asked() {
    for (rounds, asked) in [(1, 1), (3, 3), (0, 1), (500, 20)] {
        let mut host = host()
            .configured(format!(r#"{{"rounds": {rounds}}}"#))
            .with_model(|_| Ok(calling("remember", r#"{"note": "x"}"#)));
        said(&mut host, "Hello");
        assert_eq!(host.asked().len(), asked);
    }
}

#[test]
fn tools_that_cannot_be_used_now_are_told() {
    let mut host = host()
        .with_absent_tools(
            "calendar",
            Problem::of(Cause::Unavailable, "its server is down"),
        )
        .answering(["ok"]);
    said(&mut host, "Hello");
    let system = text_of(&host.asked()[0], 0);
    assert!(system.contains("calendar: its server is down"), "{system}");
}

#[test]
fn without_the_grant_or_by_the_owners_wish_there_are_none() {
    let without = host().without(Capability::Tools);
    let unwished = host().configured(r#"{"tools": false}"#);
    for host in [without, unwished] {
        let mut host = host
            .with_tool(weather(), |_| Ok(Outcome::json("1")))
            .answering(["fine"]);
        assert_eq!(said(&mut host, "Hello"), "fine");
        assert_eq!(host.asked()[0].tools.len(), 2);
    }
}
