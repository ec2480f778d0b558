//! What people of a messaging product do with repositories: list them, and make agents of them.

use reqwest::{StatusCode, header};
use serde_json::{Value, json};
use tests::git::GitServer;
use tests::{App, Channel};

use super::{CONNECT, connect};
use crate::channel_api::accounts::{link, page, session};
use crate::channel_api::{bare, bare_with, from, with};

const NONE: &str =
    "No repository is connected to your account. /login signs you in to connect one.";

/// The session of someone who has opened the link of `/login`.
async fn signed_in(app: &App, channel: &Channel, user: &str) -> String {
    let path = link(app, &channel.say(user, "/login").await[0]);
    session(&page(app, &path, None, Some(&[])).await)
}

/// Connects a repository as a browser does.
async fn connect_as(app: &App, cookie: &str, url: &str, token: Option<&str>) -> Value {
    let body = json!({ "query": CONNECT, "variables": { "url": url, "token": token } });
    let request = app
        .http()
        .post(app.url("/graphql"))
        .header("Origin", app.address());
    let answer = request.header(header::COOKIE, cookie).json(&body).send();
    let answer: Value = answer.await.unwrap().json().await.unwrap();
    assert!(answer["errors"].is_null(), "{answer}");
    answer
}

#[tokio::test]
async fn someone_of_a_channel_makes_agents_of_a_repository_of_theirs() {
    let (app, _callback, channel) = bare().await;
    let git = GitServer::start().await;
    git.repository("ada/engine")
        .write("README.md", "# Engine")
        .write("src/main.rs", "fn main() {}")
        .commit("first");
    git.require("ghp_0123456789");
    assert_eq!(channel.say("U1", "/repos").await, [NONE]);
    let cookie = signed_in(&app, &channel, "U1").await;
    connect_as(
        &app,
        &cookie,
        &git.url("ada/engine"),
        Some("ghp_0123456789"),
    )
    .await;
    let list = "Your repositories:\nada/engine";
    assert_eq!(channel.say("U1", "/repos").await, [list]);
    let answer = channel.command("repos", &from("U1")).await;
    assert_eq!(answer.body, json!({ "ok": true, "replies": [list] }));
    // It is no one else's.
    let answer = channel.command("repos", &from("U2")).await;
    assert_eq!(answer.replies(), [NONE]);
    let spawn = with("U2", json!({ "repo": "ada/engine" }));
    let answer = channel.command("spawn", &spawn).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);

    let told = channel.say("U1", "/spawn engine").await;
    let made = |name: &str| {
        format!(
            "Agent '{name}' created from ada/engine and starting... It has 2 files of it under repository/."
        )
    };
    assert_eq!(told, [made("engine")]);
    let told = channel.say("U1", "/spawn ada/engine").await;
    assert!(told[0].contains("you have one of this name"), "{told:?}");
    for (name, repository) in [
        ("by-url", json!({ "repoUrl": git.url("ada/engine.git") })),
        ("by-name", json!({ "fullName": "ADA/engine" })),
    ] {
        let mut body = with("U1", repository);
        body["agentName"] = json!(name);
        let answer = channel.command("fork", &body).await;
        assert_eq!(answer.replies(), [made(name)], "{}", answer.body);
    }
    let list = "Your agents:\nengine: running\nby-url: running\nby-name: running (loaded)";
    assert_eq!(channel.say("U1", "/list").await, [list]);
    // The default agent answers, and whoever made it reads what it has.
    assert_eq!(channel.say("U1", "hello").await, ["hello"]);
    let id = "SELECT id::text FROM agents WHERE name = 'by-name'";
    let id: String = app.database().rows(id, &[]).await[0].get(0);
    let url = app.url(&format!("/api/agents/{id}/files/repository/src/main.rs"));
    let read = app.http().get(&url).header(header::COOKIE, &cookie).send();
    assert_eq!(read.await.unwrap().text().await.unwrap(), "fn main() {}");

    let answer = channel
        .command("spawn", &with("U1", json!({ "repoName": "engnie" })))
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let error = "there is no repository 'engnie' of yours; did you mean 'engine'?";
    assert_eq!(answer.body["error"], error);
    app.finish().await;
}

#[tokio::test]
async fn an_agent_of_a_repository_is_the_module_that_it_brings() {
    let (app, _callback, channel) = bare().await;
    let git = GitServer::start().await;
    let hoard = git.repository("ada/hoard");
    hoard
        .write("cloister.toml", "module = \"hoard.wasm\"")
        .write("notes.txt", "dig here")
        .write("hoard.wasm", crate::guest("hoard"))
        .commit("first");
    let cookie = signed_in(&app, &channel, "U1").await;
    connect_as(&app, &cookie, &git.url("ada/hoard"), None).await;
    channel.say("U1", "/spawn hoard").await;
    let said = channel.say("U1", "read repository/notes.txt").await;
    assert_eq!(said, ["dig here"]);
    app.finish().await;
}

#[tokio::test]
async fn where_a_checkout_fails_there_is_no_agent() {
    let one_is_free = App::build().set("CLOISTER_FREE_AGENTS", "1");
    let (app, _callback, channel) = bare_with(one_is_free).await;
    let git = GitServer::start().await;
    let engine = git.repository("ada/engine");
    engine
        .write("cloister.toml", "module = \"gone.wasm\"")
        .commit("first");
    let cookie = signed_in(&app, &channel, "U1").await;
    connect_as(&app, &cookie, &git.url("ada/engine"), None).await;
    let told = channel.say("U1", "/spawn engine").await;
    assert!(
        told[0].contains("which is not in the repository"),
        "{told:?}"
    );
    let body = with("U1", json!({ "name": "x", "repo": "engine" }));
    let answer = channel.command("fork", &body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    git.require("another token by now");
    let answer = channel.command("fork", &body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    let error = answer.body["error"].as_str().unwrap();
    assert!(error.contains("status 401"), "{error}");
    let told = channel.say("U1", "/list").await;
    assert!(told[0].starts_with("You have no agents."), "{told:?}");
    let told = channel.say("U1", "/create own").await;
    assert!(told[0].starts_with("Agent 'own' created"), "{told:?}");
    app.finish().await;
}

#[tokio::test]
async fn what_an_account_has_connected_goes_over_to_the_one_that_it_joins() {
    let app = App::build()
        .set("CLOISTER_ADMIN_EMAIL", "ada@example.org")
        .set("CLOISTER_ADMIN_PASSWORD", "correct horse battery");
    let (app, _callback, channel) = bare_with(app).await;
    let git = GitServer::start().await;
    for name in ["ada/engine", "ada/loom"] {
        git.repository(name).commit("first");
    }
    let cookie = signed_in(&app, &channel, "U1").await;
    for name in ["ada/engine", "ada/loom"] {
        connect_as(&app, &cookie, &git.url(name), None).await;
    }
    // Another one of the same name: this one counts.
    let answer = connect(&app, &git.url("ada/loom"), None).await;
    assert!(answer["errors"].is_null(), "{answer}");
    let form = [
        ("email", "ada@example.org"),
        ("password", "correct horse battery"),
    ];
    let joined = page(&app, "/account/join", Some(&cookie), Some(&form)).await;
    assert!(joined.status().is_redirection(), "{}", joined.status());
    let mut repos = channel.say("U1", "/repos").await.remove(0);
    repos = repos.replace("Your repositories:\n", "");
    let mut repos: Vec<&str> = repos.lines().collect();
    repos.sort();
    assert_eq!(repos, ["ada/engine", "ada/loom"]);
    let rows = "SELECT count(*) FROM repositories";
    assert_eq!(app.database().count(rows).await, 2);
    app.finish().await;
}
