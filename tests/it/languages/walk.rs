//! The main job in each language: make an agent, build it, push it, talk to it.

use std::collections::BTreeMap;

use tests::languages::{Language, Project};
use tests::process;

use super::{log, patient, say};

#[tokio::test]
async fn a_new_agent_in_python_answers() {
    walk(Language::Python).await;
}

#[tokio::test]
async fn a_new_agent_in_javascript_answers() {
    walk(Language::Js).await;
}

async fn walk(language: Language) {
    let project = Project::new(language);
    let module = project.built();
    let app = patient().start().await;
    let environment = BTreeMap::from([
        ("CLOISTER_URL".to_owned(), app.address().into()),
        ("CLOISTER_DATA_DIR".to_owned(), app.data().into()),
        ("CLOISTER_COMPILE_SECONDS".to_owned(), "600".into()),
    ]);
    let cloister = |words: &[&str]| {
        let output = process::command(words, &environment)
            .current_dir(project.folder())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{said}");
        said
    };
    let file = module.to_string_lossy();
    let pushed = cloister(&["agent", "push", "--file", &file]);
    assert!(pushed.contains("Agent `hello` is new and runs"), "{pushed}");

    // It has taken over the channel of the first start.
    let made = std::fs::read_to_string(app.data().join("first-channel.json")).unwrap();
    let made = serde_json::from_str(&made).unwrap();
    let channel = tests::Channel::new(&app.address(), &made, app.http().clone());
    assert_eq!(
        say(&channel, "good morning").await,
        "Hello! You said: good morning"
    );
    assert_eq!(log(&app).await, "info someone is here");

    // It was built with what `cloister.toml` names, and no more.
    let query = "SELECT inspection->>'capabilities' FROM modules WHERE uploaded_size > 10000000";
    let rows = app.database().rows(query, &[]).await;
    let built_with: Vec<String> = serde_json::from_str(rows[0].get(0)).unwrap();
    assert_eq!(
        built_with,
        ["log", "state", "history", "progress", "schedule", "outbox"]
    );
    app.finish().await;
}
