mod tools;

use std::cell::Cell;
use std::rc::Rc;

use cloister_guest::history::Speaker;
use cloister_guest::model::{Cause, Completion, Finish, Part, Problem, Request, Role, ToolCall};
use cloister_guest::state::Scope;
use cloister_guest::testing::{Capability, Host, Sign};
use cloister_guest::{Attachment, TextFormat};

use crate::Assistant;
use crate::texts::{self, Text};

fn host() -> Host<Assistant> {
    Host::new()
}

fn said(host: &mut Host<Assistant>, text: &str) -> String {
    host.say(text).unwrap().texts().concat()
}

fn text_of(request: &Request, place: usize) -> String {
    let parts = request.messages[place].parts.iter();
    let texts = parts.filter_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn calling(name: &str, arguments: &str) -> Completion {
    Completion {
        parts: vec![Part::ToolCall(ToolCall {
            id: "c1".to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
            metadata: Vec::new(),
        })],
        finish: Finish::ToolCalls,
        ..Completion::of("")
    }
}

#[test]
fn it_answers_and_shows_the_answer_as_it_comes() {
    let mut host = host().answering(["Good morning, Ada."]);
    let replies = host.say("Good morning").unwrap();
    assert_eq!(replies.texts(), ["Good morning, Ada."]);
    assert_eq!(replies[0].format, TextFormat::Markdown);
    assert_eq!(
        host.signs(),
        [
            Sign::Typing,
            Sign::Partial("Good ".to_owned()),
            Sign::Partial("Good morning, ".to_owned()),
            Sign::Partial("Good morning, Ada.".to_owned()),
        ]
    );
    let system = text_of(&host.asked()[0], 0);
    for part in [
        "helpful assistant",
        "language of the message",
        "2026-01-01",
        "Ada",
    ] {
        assert!(system.contains(part), "{part}: {system}");
    }
}

#[test]
fn the_owner_says_what_it_is() {
    let mut host = host()
        .configured(r#"{"systemPrompt": "You are a pirate.", "replyTokens": 50, "temperature": 0, "memory": false}"#)
        .answering(["Arr"]);
    assert_eq!(said(&mut host, "Hello"), "Arr");
    let request = &host.asked()[0];
    assert!(text_of(request, 0).starts_with("You are a pirate."));
    assert_eq!(
        (request.max_output_tokens, request.temperature),
        (Some(50), Some(0))
    );
    assert!(request.tools.is_empty());

    let failure = Host::<Assistant>::new()
        .configured(r#"{"sytemPrompt": "?"}"#)
        .say("Hello")
        .unwrap_err();
    assert!(failure.message.contains("sytemPrompt"), "{failure:?}");
}

#[test]
fn it_sees_what_was_said_before() {
    let mut host = host().answering(["one", "two"]);
    said(&mut host, "first");
    host.remember(Speaker::Team, "from a colleague");
    said(&mut host, "second");
    let request = &host.asked()[1];
    let roles: Vec<Role> = request
        .messages
        .iter()
        .map(|message| message.role)
        .collect();
    assert_eq!(
        roles,
        [
            Role::System,
            Role::User,
            Role::Assistant,
            Role::Assistant,
            Role::User
        ]
    );
    let texts: Vec<String> = (1..5).map(|place| text_of(request, place)).collect();
    assert_eq!(
        texts,
        [
            "first",
            "one",
            "(A colleague answered:) from a colleague",
            "second"
        ]
    );
}

#[test]
fn what_no_longer_fits_is_summed_up_once_and_kept() {
    let asked = Rc::new(Cell::new(0));
    let counted = asked.clone();
    let mut host = host()
        .configured(r#"{"historyTokens": 200, "memory": false}"#)
        .with_model(move |request| {
            let system = match &request.messages[0].parts[0] {
                Part::Text(text) => text.clone(),
                _ => String::new(),
            };
            if system.starts_with("You sum up") {
                counted.set(counted.get() + 1);
                return Ok(Completion::of("They count."));
            }
            Ok(Completion::of("x".repeat(100)))
        });
    for number in 0..20 {
        said(&mut host, &format!("number {number} {}", "y".repeat(60)));
    }
    let summaries = asked.get();
    assert!((2..=10).contains(&summaries), "{summaries}");
    let asked = host.asked();
    let last = asked.last().unwrap();
    assert!(text_of(last, 0).contains("They count."));
    let shown: usize = (1..last.messages.len())
        .map(|place| text_of(last, place).len())
        .sum();
    assert!(shown < 4 * 300, "{shown}");
    // Nothing between the summaries and what is shown is lost, and nothing is in both.
    let said = |request: &Request| -> String {
        let all = (1..request.messages.len()).map(|place| text_of(request, place));
        all.collect::<Vec<_>>().join("\n")
    };
    let summed = asked
        .iter()
        .filter(|request| text_of(request, 0).starts_with("You sum up"));
    let summed = summed.map(said).collect::<Vec<_>>().join("\n");
    let shown = said(last);
    for number in 0..20 {
        let text = format!("number {number} ");
        let places = [&summed, &shown].map(|place| place.matches(&text).count());
        assert_eq!(places.iter().sum::<usize>(), 1, "{text}: {places:?}");
    }
}

#[test]
fn a_summary_that_fails_costs_no_answer() {
    let mut host = host()
        .configured(r#"{"historyTokens": 20, "memory": false}"#)
        .with_model(|request| match request.max_output_tokens {
            Some(_) => Err(Problem::of(Cause::TimedOut, "too slow")),
            None => Ok(Completion::of("still here")),
        });
    for _ in 0..4 {
        assert_eq!(said(&mut host, &"z".repeat(100)), "still here");
    }
    assert!(
        host.log()
            .iter()
            .any(|line| line.message.contains("too slow"))
    );
    assert_eq!(host.state(Scope::Conversation, "summary"), None);
}

#[test]
fn what_it_is_told_to_remember_it_notes_down() {
    let mut host = host().with_model(|request| {
        let last = request.messages.last().unwrap();
        Ok(match &last.parts[0] {
            Part::Text(text) if text == "remember" => {
                calling("remember", r#"{"note": "Ada likes tea."}"#)
            }
            Part::Text(text) if text == "forget" => calling("forget", r#"{"number": 1}"#),
            Part::Text(text) if text == "nonsense" => calling("forget", r#"{"number": "one"}"#),
            Part::ToolResult(result) => Completion::of(format!("{}", result.is_error)),
            _ => Completion::of("hm"),
        })
    });
    assert_eq!(said(&mut host, "remember"), "false");
    assert_eq!(said(&mut host, "nonsense"), "true");
    said(&mut host, "and now?");
    let asked = host.asked();
    assert!(text_of(asked.last().unwrap(), 0).contains("1. Ada likes tea."));
    assert_eq!(said(&mut host, "forget"), "false");
    said(&mut host, "and now?");
    assert!(!text_of(host.asked().last().unwrap(), 0).contains("tea"));
}

#[test]
fn a_model_that_only_calls_tools_comes_to_an_end() {
    let mut host = host().with_model(|_| Ok(calling("remember", r#"{"note": "x"}"#)));
    assert_eq!(said(&mut host, "Hello"), texts::of("", Text::Nothing));
    assert_eq!(host.asked().len(), 8);
}

#[test]
fn a_model_without_tools_and_images_is_asked_in_words() {
    let mut host = host().with_model(|request| {
        let images = request.messages.iter().flat_map(|message| &message.parts);
        let has_images = images
            .into_iter()
            .any(|part| matches!(part, Part::Image(_)));
        if has_images || !request.tools.is_empty() {
            return Err(Problem {
                status: Some(400),
                ..Problem::of(Cause::Failed, "does not support tools")
            });
        }
        Ok(Completion::of("in words"))
    });
    let image = Attachment::inline("cat.png", "image/png", [1, 2, 3]);
    let paper = Attachment::inline("a.pdf", "application/pdf", [1]);
    let replies = host.send("look", vec![image, paper]).unwrap();
    assert_eq!(replies.texts(), ["in words"]);
    let asked = host.asked();
    let first = asked[0].messages.last().unwrap();
    assert!(
        first
            .parts
            .iter()
            .any(|part| matches!(part, Part::Image(_)))
    );
    assert!(text_of(&asked[0], 1).contains("[file: a.pdf (application/pdf)]"));
}

#[test]
fn without_a_model_it_says_what_to_do_in_the_language_of_the_sender() {
    for (text, part) in [
        ("Hello", "whoever runs this host sets CLOISTER_MODEL_URL"),
        ("你好，请帮我", "请项目管理员用 `createProvider`"),
        ("Привет, помоги", "администратор проекта подключает"),
    ] {
        let answer = said(&mut host(), text);
        assert!(answer.contains(part), "{answer}");
        assert!(!answer.contains('\n'), "{answer}");
    }
    let mut denied = host().answering(["no"]).without(Capability::Model);
    assert!(said(&mut denied, "Hello").contains("allowCapability"));
}

#[test]
fn a_problem_is_told_in_a_sentence() {
    for (cause, text) in [
        (Cause::Limit, Text::Limit),
        (Cause::RateLimited, Text::Later),
        (Cause::TimedOut, Text::Later),
        (Cause::Cut, Text::Later),
        (Cause::Unavailable, Text::Later),
        (Cause::Malformed, Text::Refused),
        (Cause::Failed, Text::Refused),
    ] {
        let mut host = host().with_model(move |_| Err(Problem::of(cause, "a secret of the host")));
        assert_eq!(
            said(&mut host, "Hello"),
            texts::of("Hello", text),
            "{cause:?}"
        );
    }
}

#[test]
fn it_talks_without_a_memory() {
    let mut host = host()
        .without(Capability::State)
        .without(Capability::History)
        .without(Capability::Progress)
        .answering(["fine"]);
    assert_eq!(said(&mut host, "Hello"), "fine");
    assert!(host.asked()[0].tools.is_empty());
}

#[test]
fn what_nobody_says_has_no_answer() {
    let mut host = host().answering(["?"]);
    assert!(host.notify("member-joined", "{}").unwrap().is_empty());
    assert!(host.say("  ").unwrap().is_empty());
    assert_eq!(host.press("left").unwrap().texts(), ["?"]);
}
