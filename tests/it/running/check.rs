//! `cloister agent check`: what a module is told to be, without any host that runs.

use std::collections::BTreeMap;
use std::path::Path;

use corpus::{Fate, MADE};

/// Checks a file: the exit code, what was said, and what was complained of.
fn check(file: &Path) -> (Option<i32>, String, String) {
    let words = ["agent", "check", &file.display().to_string()];
    let ended = tests::process::command(&words, &BTreeMap::new())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        ended.status.code(),
        text(&ended.stdout),
        text(&ended.stderr),
    )
}

#[test]
fn a_good_module_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("agent.wasm");
    std::fs::write(&file, crate::guest("oblige")).unwrap();
    let (code, said, complaint) = check(&file);
    assert_eq!((code, complaint.as_str()), (Some(0), ""), "{said}");
    for line in [
        "It is an agent, for the contract cloister:agent 1.0.0; this host has 1.0.0.",
        "  log        writes lines for its owner; every agent may",
        "  model      asks a language model, which may cost money; denied until its owner allows it (`allowCapability`)",
        "It exports",
        "  cloister:agent/handler@1.0.0",
        "It imports",
        "  cloister:agent/model@1.0.0",
    ] {
        assert!(said.lines().any(|one| one == line), "{line}\n{said}");
    }
    assert!(said.ends_with("This host can run it.\n"), "{said}");
    // What it does not ask for is not named.
    assert!(!said.contains("projects"), "{said}");
}

#[test]
fn a_module_that_cannot_run_says_why() {
    let folder = tempfile::tempdir().unwrap();
    for made in MADE {
        let word = match made.fate {
            Fate::Refused(word) => word,
            Fate::DoesNotCompile => "nests 60000 blocks",
            Fate::Stopped(_) | Fate::Answers(_) => continue,
        };
        let file = folder.path().join(made.name);
        std::fs::write(&file, (made.bytes)().unwrap()).unwrap();
        let (code, said, complaint) = check(&file);
        assert_eq!(code, Some(6), "{}: {said}{complaint}", made.name);
        assert!(
            complaint.starts_with("cloister: this host cannot run it: ")
                && complaint.contains(word),
            "{}: {complaint}",
            made.name
        );
        assert!(!said.contains("This host can run it."), "{said}");
    }
    let (code, _, complaint) = check(&folder.path().join("nowhere.wasm"));
    assert_eq!(code, Some(6), "{complaint}");
    assert!(complaint.contains("cannot read"), "{complaint}");
}
