use serde_json::{Value, json};
use store::ids::ContactId;

use super::*;

fn asked(text: &str) -> Asked<'_> {
    Asked {
        text,
        is_group: false,
        facts: Facts {
            contact_id: None,
            is_known_chat: true,
        },
        at: Utc::now(),
    }
}

fn workflow(rules: Value) -> Workflow {
    parse(&rules).unwrap()
}

fn said(route: &Route) -> Vec<String> {
    Canned::read(route.canned.as_ref()).map_or(Vec::new(), |canned| canned.texts)
}

#[test]
fn the_first_rule_that_is_met_decides() {
    let (sales, help) = (AgentId::new(), AgentId::new());
    let workflow = workflow(json!([
        { "when": { "text": { "contains": "Price" } }, "then": { "agent": sales } },
        { "when": { "text": { "startsWith": "what" } }, "then": { "agent": help } }
    ]));
    let to = |text| workflow.route(&asked(text)).agent_id;
    assert_eq!(to("What is the PRICE?"), Some(sales));
    assert_eq!(to("  what now"), Some(help));
    let none = workflow.route(&asked("hello"));
    assert_eq!((none.agent_id, none.is_answered), (None, true));
}

#[test]
fn a_reply_is_the_end_unless_it_says_otherwise() {
    let agent = AgentId::new();
    let rules = |stop: Value| {
        workflow(json!([
            { "when": { "text": { "equals": "hi" } }, "then": { "reply": "Hello!", "stop": stop } },
            { "then": { "agent": agent, "reply": "One moment." } }
        ]))
    };
    let ended = rules(json!(true)).route(&asked(" HI "));
    assert_eq!(
        (ended.is_answered, said(&ended)),
        (false, vec!["Hello!".to_owned()])
    );
    let goes_on = rules(json!(false)).route(&asked("hi"));
    assert_eq!(goes_on.agent_id, Some(agent));
    assert_eq!(said(&goes_on), ["Hello!", "One moment."]);
}

#[test]
fn a_team_holds_and_no_agent_answers() {
    let team = Uuid::now_v7();
    let route = workflow(json!([{ "then": { "team": team } }])).route(&asked("help"));
    assert_eq!((route.team_id, route.is_answered), (Some(team), false));
    assert_eq!(route.canned, None);
}

#[test]
fn who_where_and_whether_first_are_asked_of_the_tables() {
    let contact = ContactId::new();
    let workflow = workflow(json!([
        { "when": { "contacts": [contact] }, "then": { "reply": "you" } },
        { "when": { "isFirstMessage": true }, "then": { "reply": "welcome" } },
        { "when": { "isGroup": true }, "then": { "reply": "all" } }
    ]));
    assert!(workflow.needs_facts());
    let route = |asked: Asked<'_>| said(&workflow.route(&asked)).concat();
    let known = Facts {
        contact_id: Some(contact),
        is_known_chat: true,
    };
    assert_eq!(
        route(Asked {
            facts: known,
            ..asked("")
        }),
        "you"
    );
    assert_eq!(
        route(Asked {
            facts: Facts::default(),
            ..asked("")
        }),
        "welcome"
    );
    assert_eq!(
        route(Asked {
            is_group: true,
            ..asked("")
        }),
        "all"
    );
    assert_eq!(route(asked("")), "");
}

#[test]
fn a_pattern_is_met_in_either_case() {
    let workflow = workflow(json!([
        { "when": { "text": { "matches": r"\border\s+\d+" } }, "then": { "reply": "found" } }
    ]));
    assert_eq!(said(&workflow.route(&asked("my ORDER 12"))), ["found"]);
    assert_eq!(
        said(&workflow.route(&asked("reorder 12"))),
        Vec::<String>::new()
    );
}

#[test]
fn what_is_wrong_is_told_with_the_rule_and_the_field() {
    let agent = AgentId::new();
    let rule = |when: Value, then: Value| {
        let good = json!({ "then": { "agent": agent } });
        parse(&json!([good, { "when": when, "then": then }]))
            .unwrap_err()
            .to_string()
    };
    let good = || json!({ "agent": agent });
    let text = |test: Value| rule(json!({ "text": test }), good());
    let hours = |from: &str, zone: &str, day: &str| {
        let hours = json!({ "from": from, "to": "17:00", "timeZone": zone, "weekdays": [day] });
        rule(json!({ "hours": hours }), good())
    };
    let told = [
        parse(&json!({})).unwrap_err().to_string(),
        rule(json!({ "weather": "wet" }), good()),
        rule(json!({}), json!({})),
        rule(json!({}), json!({ "agent": agent, "team": agent })),
        rule(json!({}), json!({ "agent": agent, "stop": false })),
        rule(json!({}), json!({ "reply": " " })),
        text(json!({})),
        text(json!({ "contains": "a", "equals": "b" })),
        text(json!({ "contains": "" })),
        text(json!({ "matches": "((a{200}){200}){200}" })),
        hours("25:00", "Europe/Zurich", "mon"),
        hours("08:00", "Mars/Olympus", "mon"),
        hours("08:00", "Europe/Zurich", "someday"),
    ];
    insta::assert_snapshot!(told.join("\n"));
    assert!(
        text(json!({ "matches": "(" })).starts_with("rules[1].when.text.matches: is not a pattern")
    );
}
