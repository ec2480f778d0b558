//! Tests of agents that take neither a host nor WebAssembly, and the types that they are written against.

use tests::languages::{Language, Project};

use super::oblige;

fn passes(project: &Project) {
    project
        .run(Some("--test"))
        .unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn a_new_project_in_python_passes_its_tests_until_its_agent_is_wrong() {
    let project = Project::new(Language::Python);
    passes(&project);
    let agent = project.folder().join("agent.py");
    let text = std::fs::read_to_string(&agent).unwrap();
    std::fs::write(&agent, text.replace("Hello!", "Bye!")).unwrap();
    let told = project.run(Some("--test")).unwrap_err();
    assert!(told.contains("Bye! You said: good morning"), "{told}");
    // What the contract has, an editor finds.
    let types = project.run(Some("--types")).unwrap();
    let state = std::fs::read_to_string(format!("{types}/wit_world/imports/state.py")).unwrap();
    assert!(
        state.contains("def get(scope: Scope, key: str) -> Optional[bytes]"),
        "{state}"
    );
}

#[test]
fn a_new_project_in_javascript_passes_its_tests_until_its_agent_is_wrong() {
    let project = Project::new(Language::Js);
    passes(&project);
    // What the contract and the SDK have is checked.
    project.run(Some("--types")).unwrap();
    let agent = project.folder().join("agent.js");
    let text = std::fs::read_to_string(&agent).unwrap();
    let wrong = text
        .replace("Hello!", "Bye!")
        .replace("event.text", "event.conversation.isGrup");
    std::fs::write(&agent, wrong).unwrap();
    let told = project.run(Some("--test")).unwrap_err();
    assert!(told.contains("Bye! You said: undefined"), "{told}");
    let told = project.run(Some("--types")).unwrap_err();
    assert!(told.contains("'isGrup' does not exist"), "{told}");
}

#[test]
fn the_in_memory_hosts_are_as_the_contract_says() {
    for language in [Language::Python, Language::Js] {
        passes(&oblige(language));
    }
}

#[test]
fn the_examples_pass_their_tests_and_those_types_are_right() {
    let python = Project::of(Language::Python, "guest-sdk/python/examples/weather");
    passes(&python);
    let js = Project::of(Language::Js, "guest-sdk/js/examples/weather");
    passes(&js);
    js.run(Some("--types"))
        .unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn a_project_that_cannot_be_built_is_told_why() {
    for (language, agent) in [(Language::Python, "agent.py"), (Language::Js, "agent.js")] {
        let project = Project::new(language);
        let manifest = project.folder().join("cloister.toml");
        std::fs::write(&manifest, "name = \"a\"\ncapabilities = [\"moon\"]").unwrap();
        let told = project.run(None).unwrap_err();
        assert!(
            told.contains("`moon` is no capability: log, state"),
            "{language:?}: {told}"
        );
        std::fs::write(&manifest, "name = ").unwrap();
        let told = project.run(None).unwrap_err();
        assert!(told.contains("cloister.toml"), "{language:?}: {told}");
        std::fs::write(&manifest, "name = \"a\"").unwrap();
        std::fs::write(project.folder().join(agent), "(").unwrap();
        let told = project.run(None).unwrap_err();
        assert!(told.contains(agent), "{language:?}: {told}");
        std::fs::remove_file(project.folder().join(agent)).unwrap();
        let told = project.run(None).unwrap_err();
        assert!(told.contains("it is the agent"), "{language:?}: {told}");
    }
}

#[test]
fn without_what_building_takes_it_is_said_how_that_is_installed() {
    let nothing = tempfile::tempdir().unwrap();
    for language in [Language::Python, Language::Js] {
        let project = Project::new(language);
        for flag in [None, Some("--check"), Some("--test")] {
            let output = std::process::Command::new(project.folder().join("build"))
                .args(flag)
                .env("XDG_CACHE_HOME", nothing.path())
                .output()
                .unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success(), "{language:?} {flag:?}");
            assert!(
                told.contains("is missing: run ") && told.trim_end().ends_with("/build --setup"),
                "{language:?} {flag:?}: {told}"
            );
        }
    }
}
