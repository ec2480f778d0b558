//! What no file may be or name.

use super::{files, none};

/// Lines of a source file, tests included, without an exemption.
const LINES: usize = 500;

#[test]
fn no_source_file_is_longer_than_one_can_read() {
    let long = files()
        .into_iter()
        .filter(|(name, text)| name.ends_with(".rs") && text.lines().count() > LINES);
    none(
        long.map(|(name, text)| {
            format!(
                "{name} has {} lines, more than {LINES}",
                text.lines().count()
            )
        })
        .collect(),
    );
}

#[test]
fn no_file_names_a_path_of_a_machine() {
    // In two halves, so that this file does not name them either.
    let homes = [
        ("/ro", "ot/"),
        ("/ho", "me/"),
        ("/Us", "ers/"),
        ("/wo", "rk/"),
        ("/tmp/", "brief"),
    ];
    let homes = homes.map(|(half, other)| format!("{half}{other}"));
    let mut complaints = Vec::new();
    for (name, text) in files() {
        for (number, line) in text.lines().enumerate() {
            if homes.iter().any(|home| starts_a_path(line, home)) {
                complaints.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none(complaints);
}

/// Whether the folder stands in the line as the beginning of a path rather than inside one.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "._-}$".contains(before))
    })
}

#[test]
fn no_dependency_comes_from_anywhere_but_the_public_registry() {
    let mut complaints = Vec::new();
    for (name, text) in files() {
        assert!(
            !name.contains(".cargo/config"),
            "{name} belongs to a machine, not to the project"
        );
        if name.ends_with("Cargo.lock") {
            let sources = text.lines().filter(|line| line.starts_with("source = "));
            let foreign = sources.filter(|line| {
                !line.contains("registry+https://github.com/rust-lang/crates.io-index")
            });
            complaints.extend(foreign.map(|line| format!("{name}: {line}")));
        }
    }
    none(complaints);
}

#[test]
fn every_object_of_graphql_is_resolved_by_our_own_rules() {
    let mut complaints = Vec::new();
    let nouns = files().into_iter();
    for (name, text) in nouns.filter(|(name, _)| name.starts_with("host/src/graphql/")) {
        let lines: Vec<&str> = text.lines().collect();
        for (number, pair) in lines.windows(2).enumerate() {
            // A part of the root has no name of its own, and is the root's to resolve.
            let is_object = pair[0].starts_with("#[Object(") && !pair[0].contains("crate = ");
            let is_struct =
                pair[0].starts_with("#[derive(SimpleObject") && !pair[1].contains("crate = ");
            if is_object || is_struct {
                complaints.push(format!("{name}:{}: says no `crate`", number + 1));
            }
        }
    }
    none(complaints);
}

#[test]
fn spans_are_made_in_one_place() {
    // In two halves, so that this file does not name them either.
    let makers = [
        ("span", "!("),
        ("#[tracing::", "instrument"),
        ("#[", "instrument"),
    ];
    let makers = makers.map(|(half, other)| format!("{half}{other}"));
    let mut complaints = Vec::new();
    for (name, text) in files() {
        if !name.ends_with(".rs") || name.starts_with("host/src/spans") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if makers.iter().any(|maker| line.contains(maker.as_str())) {
                complaints.push(format!("{name}:{}: makes a span", number + 1));
            }
        }
    }
    none(complaints);
}
