//! The inner walls: which module of the host may know which.

use super::{files, none};

/// The ways in and what builds them.
const WAYS_IN: [&str; 7] = ["app", "cli", "router", "graphql", "rest", "hooks", "web"];

/// A module, its file or folder under `host/src`, and what it must not name.
fn walls() -> Vec<(&'static str, Vec<String>)> {
    let ours = |names: &[&str]| {
        names
            .iter()
            .map(|name| format!("crate::{name}"))
            .collect::<Vec<_>>()
    };
    let transports = || {
        vec![
            "axum::".to_owned(),
            "async_graphql".to_owned(),
            "askama".to_owned(),
        ]
    };
    let below_services = ["service", "turns", "capabilities", "commands"];
    let low = || {
        [
            ours(&WAYS_IN),
            ours(&below_services),
            ours(&["context"]),
            transports(),
        ]
        .concat()
    };
    vec![
        (
            "service",
            [
                ours(&WAYS_IN),
                ours(&["turns", "capabilities", "commands"]),
                transports(),
            ]
            .concat(),
        ),
        (
            "turns",
            [ours(&WAYS_IN), ours(&["commands"]), transports()].concat(),
        ),
        (
            "consumers",
            [
                ours(&WAYS_IN),
                ours(&["turns", "capabilities", "commands"]),
                transports(),
            ]
            .concat(),
        ),
        (
            "cleaning",
            [ours(&WAYS_IN), ours(&below_services), transports()].concat(),
        ),
        ("commands", [ours(&WAYS_IN), transports()].concat()),
        (
            "capabilities",
            [ours(&WAYS_IN), ours(&["turns", "commands"]), transports()].concat(),
        ),
        (
            "context",
            [ours(&WAYS_IN), ours(&below_services), transports()].concat(),
        ),
        ("config", low()),
        ("vault", low()),
        ("error", low()),
        ("gather", low()),
        ("inbound", low()),
        ("recurrence", low()),
        (
            "spans",
            [ours(&WAYS_IN), ours(&below_services), ours(&["context"])].concat(),
        ),
        (
            "outgoing",
            [ours(&WAYS_IN), ours(&below_services), ours(&["context"])].concat(),
        ),
    ]
}

#[test]
fn arrows_run_one_way() {
    let walls = walls();
    let mut complaints = Vec::new();
    for (name, text) in files() {
        let Some(path) = name.strip_prefix("host/src/") else {
            continue;
        };
        let module = path
            .trim_end_matches(".rs")
            .split('/')
            .next()
            .unwrap_or_default();
        let Some((_, forbidden)) = walls.iter().find(|(wall, _)| *wall == module) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for word in forbidden.iter().filter(|word| names(code, word)) {
                complaints.push(format!(
                    "{name}:{}: {module} must not know {word}",
                    number + 1
                ));
            }
        }
    }
    none(complaints);
}

/// Whether the path stands in the code as a whole: `crate::app` is not in `crate::apple`.
fn names(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(at, _)| {
        let after = code[at + path.len()..].chars().next();
        path.ends_with("::") || !after.is_some_and(|after| after.is_alphanumeric() || after == '_')
    })
}

#[test]
fn a_path_is_found_as_a_whole() {
    assert!(names("use crate::app::App;", "crate::app"));
    assert!(!names("use crate::apple;", "crate::app"));
    assert!(names("axum::Json", "axum::"));
}
