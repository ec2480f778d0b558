//! What is written down is so.

use std::collections::BTreeMap;

use tests::{place, process};

#[test]
fn the_schema_file_is_what_the_binary_prints() {
    let printed = process::command(&["schema"], &BTreeMap::new())
        .output()
        .unwrap();
    assert!(
        printed.status.success(),
        "{}",
        String::from_utf8_lossy(&printed.stderr)
    );
    let file = std::fs::read_to_string(place::checkout().join("schema.graphql")).unwrap();
    assert!(
        file == String::from_utf8(printed.stdout).unwrap(),
        "schema.graphql is out of date: run `make schema`"
    );
}

#[test]
fn every_command_of_the_readme_exists() {
    let readme = std::fs::read_to_string(place::checkout().join("README.md")).unwrap();
    let makefile = std::fs::read_to_string(place::checkout().join("Makefile")).unwrap();
    let commands: Vec<&str> = readme
        .lines()
        .map(|line| line.trim().trim_start_matches("$ "))
        .collect();
    let mut found = 0;
    for target in commands
        .iter()
        .filter_map(|line| line.strip_prefix("make "))
    {
        let target = target.split([' ', '#']).next().unwrap_or_default();
        assert!(
            makefile
                .lines()
                .any(|line| line.starts_with(&format!("{target}:"))),
            "make {target}"
        );
        found += 1;
    }
    for line in commands
        .iter()
        .filter_map(|line| line.strip_prefix("cloister "))
    {
        let words: Vec<&str> = line
            .split_whitespace()
            .take_while(|word| is_command(word))
            .collect();
        let help = process::command(&[words.clone(), vec!["--help"]].concat(), &BTreeMap::new())
            .output()
            .unwrap();
        assert!(help.status.success(), "cloister {}", words.join(" "));
        found += 1;
    }
    assert!(
        found >= 4,
        "the README shows how to run it and how to make an agent"
    );
}

/// The words that lead to a subcommand; what follows them are its arguments.
fn is_command(word: &str) -> bool {
    [
        "serve", "agent", "turn", "keys", "doctor", "schema", "new", "push", "list", "log",
        "start", "stop", "show", "rotate",
    ]
    .contains(&word)
}
