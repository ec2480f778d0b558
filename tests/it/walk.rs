//! The main job, as a new user does it: make an agent, edit one line, push it, talk to it; and hear from an agent later.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Output;

use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::{App, Callback, signature};

/// What a build takes from the user's own environment.
const TOOLCHAIN: [&str; 5] = [
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "CARGO_TARGET_DIR",
    "XDG_CACHE_HOME",
];

#[tokio::test]
async fn a_new_users_agent_answers_and_speaks_later() {
    let app = App::start().await;
    let desk = tempfile::tempdir().unwrap();
    let environment = users_environment(&app);

    // Make it.
    good(cloister(
        &["agent", "new", "hello"],
        desk.path(),
        &environment,
    ));
    let project = desk.path().join("hello");
    // Edit one line.
    let source = project.join("src/lib.rs");
    let text = std::fs::read_to_string(&source).unwrap();
    assert!(text.contains("Hello! You said: {}"), "{text}");
    std::fs::write(
        &source,
        text.replacen("Hello! You said: {}", "Grüezi! Du hast gesagt: {}", 1),
    )
    .unwrap();

    // Push it onto a channel of one's own product.
    let callback = Callback::start().await;
    let channel = app.owner().channel("echo", &callback.url()).await;
    let pushed = good(cloister(
        &["agent", "push", "--answer-on", &channel.id],
        &project,
        &environment,
    ));
    assert!(pushed.contains("Agent `hello` is new and runs"), "{pushed}");

    // Talk to it.
    assert_eq!(
        channel.say("U12345", "good morning").await,
        ["Grüezi! Du hast gesagt: good morning"]
    );
    let log = good(cloister(&["agent", "log", "hello"], &project, &environment));
    assert!(log.contains("someone is here"), "{log}");
    let turns = good(cloister(&["turn", "list", "hello"], &project, &environment));
    assert!(turns.contains("done"), "{turns}");

    // Another agent takes over the channel, and says something later.
    let counter = json!({ "agent": "counter" });
    app.owner().pushed("counter", crate::guest("counter")).await;
    let path = format!("/api/channels/{}", channel.id);
    assert_eq!(
        app.owner()
            .send(Method::PATCH, &path, Some(counter))
            .await
            .0,
        StatusCode::OK
    );
    let replies = channel
        .say("U67890", "remind me in 1 second to stretch")
        .await;
    assert_eq!(replies, ["I will remind you in 1 s."]);

    let delivery = &callback.wait_for(1).await[0];
    signature::check(delivery, &channel.secret);
    assert_eq!(
        delivery.json(),
        json!({
            "event": "message.send", "channelId": channel.id, "externalUserId": "U67890", "groupExternalId": null,
            "message": "⏰ stretch"
        })
    );
    app.finish().await;
}

#[tokio::test]
async fn a_fresh_host_has_an_agent_to_talk_to() {
    let mut app = App::start().await;
    // What it printed leads a person to the chat, and a script to its channel.
    let said = app.process().said();
    assert!(
        said.contains(&format!("{}/chat/ch_", app.address())),
        "{said}"
    );
    assert!(said.contains("/sign-in/"), "{said}");
    let pushed = good(cloister(
        &["agent", "list"],
        app.folder(),
        &users_environment(&app),
    ));
    assert!(
        pushed.contains("echo") && pushed.contains("running"),
        "{pushed}"
    );
    app.finish().await;
}

fn users_environment(app: &App) -> BTreeMap<String, OsString> {
    let mut environment = BTreeMap::from([
        ("CLOISTER_URL".to_owned(), app.address().into()),
        ("CLOISTER_TOKEN".to_owned(), app.owner().token().into()),
    ]);
    for name in TOOLCHAIN {
        #[expect(clippy::disallowed_methods, reason = "the user's own toolchain")]
        environment.extend(std::env::var_os(name).map(|value| (name.to_owned(), value)));
    }
    environment
}

fn cloister(arguments: &[&str], folder: &Path, environment: &BTreeMap<String, OsString>) -> Output {
    tests::process::command(arguments, environment)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// What a command printed that has to work.
fn good(output: Output) -> String {
    let (said, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{errors}");
    said.into_owned()
}
