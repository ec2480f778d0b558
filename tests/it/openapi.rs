//! `/openapi.json`, checked by a program that we did not write, and the page to try the endpoints on.

use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::browser::{Browser, DESK};
use tests::fakes::telegram::{TOKEN, Telegram};
use tests::{App, Callback, place, python};

/// What schemathesis looks for in every answer: nothing breaks, and nothing is answered that is not described; what asks
/// for a proof gets one.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,unsupported_method,ignored_auth";

/// The token of external messages.
const OUTSIDE: &str = "a-token-of-programs-outside";

#[tokio::test]
async fn what_is_described_is_what_is_answered() {
    let telegram = Telegram::start().await;
    let app = App::build()
        .set("CLOISTER_TURN_WAIT", "2")
        .set("CLOISTER_TELEGRAM_API_URL", telegram.url())
        // Set, so that no token is missing, whichever is made and ended meanwhile.
        .set("EXTERNAL_API_TOKEN", OUTSIDE)
        .start()
        .await;
    let schemathesis = python::program("schemathesis");
    let config = app.folder().join("schemathesis.toml");
    std::fs::write(&config, ids_and_proofs(&app).await).unwrap();

    // On a thread of its own: it takes most of a minute.
    let folder = app.folder().to_owned();
    let (url, token) = (app.url("/openapi.json"), app.owner().token().to_owned());
    let ran = tokio::task::spawn_blocking(move || {
        Command::new(schemathesis)
            .current_dir(folder)
            .arg("--config-file")
            .arg(config)
            .args(["run", &url, "--checks", CHECKS])
            .args(["--header", &format!("Authorization: Bearer {token}")])
            .args(["--phases", "examples,coverage,fuzzing"])
            .args(["--max-examples", "10", "--max-time", "40", "--seed", "1"])
            .args(["--request-timeout", "10", "--suppress-health-check", "all"])
            .args(["--no-shrink", "--continue-on-failure", "--warnings", "off"])
            .output()
    });
    let ran = ran.await.unwrap().unwrap();

    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    // It did look: `  4270 generated, 4237 passed, …`
    let count = told.lines().find_map(|line| {
        let (count, _) = line.trim().split_once(" generated")?;
        count.parse::<u32>().ok()
    });
    assert!(count.is_some_and(|count| count > 500), "{told}");
}

/// Made-up ids and one token reach little: where another proof is asked for, or a thing that is there, it gets them.
async fn ids_and_proofs(app: &App) -> String {
    let owner = app.owner();
    owner.pushed("echo", crate::guest("echo")).await;
    let callback = Callback::start().await;
    let channel = owner.channel("echo", &callback.url()).await;
    let kept = bot_that_stays(app).await;
    let bot = json!({ "botToken": TOKEN });
    let setup = "/api/integrations/telegram/setup";
    let (status, answer) = owner.send(Method::POST, setup, Some(bot)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let web = web_channel(app);
    let session = format!("/api/widget/{web}/session");
    let session = app.http().post(app.url(&session)).json(&json!({}));
    let session: Value = session.send().await.unwrap().json().await.unwrap();
    let visitor = session["token"].as_str().unwrap();
    let operation = |name: &str, header: &str, parameter: &str, value: &str| {
        format!(
            "[[operations]]\ninclude-name = \"{name}\"\nheaders = {{ Authorization = \"Bearer {header}\" }}\n\
             parameters = {{ {parameter} = \"{value}\" }}\n\n"
        )
    };
    let outside = |name: &str| {
        format!(
            "[[operations]]\ninclude-name = \"{name}\"\nheaders = {{ Authorization = \"Bearer {OUTSIDE}\" }}\n\n"
        )
    };
    [
        operation(
            "POST /api/channels/{id}/inbound",
            &channel.key,
            "id",
            &channel.id,
        ),
        operation(
            "POST /api/widget/{channel}/messages",
            visitor,
            "channel",
            &web,
        ),
        operation(
            "GET /api/widget/{channel}/messages",
            visitor,
            "channel",
            &web,
        ),
        operation(
            "POST /api/channels/{id}/telegram",
            owner.token(),
            "id",
            &kept,
        ),
        operation("GET /api/agents/{name}/log", owner.token(), "name", "echo"),
        operation("PATCH /api/channels/{id}", owner.token(), "id", &channel.id),
        outside("POST /api/external/message"),
        outside("POST /api/external/media-message"),
    ]
    .concat()
}

/// A bot of another project, whose id is returned. A channel without a credential answers its platform's calls as it should
/// and as the program takes for a defect: 503. The program disconnects the account's own bot, which is the one of its default
/// project, and the addresses of bots are to be tried all the same.
async fn bot_that_stays(app: &App) -> String {
    let owner = app.owner();
    let create = "mutation { createProject(input: { name: \"Bots\" }) { id } }";
    let made = owner.graphql(create, json!({})).await;
    let project = made["data"]["createProject"]["id"].as_str();
    let create =
        "mutation($input: CreateChannelInput!) { createChannel(input: $input) { channel { id } } }";
    let input = json!({
        "project": project.unwrap_or_else(|| panic!("{made}")), "kind": "telegram", "name": "Kept",
        "configuration": { "mode": "polling" }, "credential": { "bot_token": TOKEN }
    });
    let made = owner.graphql(create, json!({ "input": input })).await;
    let id = made["data"]["createChannel"]["channel"]["id"].as_str();
    let id = id.unwrap_or_else(|| panic!("{made}")).to_owned();
    // The fake knows one bot, and one bot is one channel's.
    let another = "UPDATE channels SET configuration = configuration || '{\"bot_id\": 1}', status = 'disabled'
        WHERE kind = 'telegram'";
    app.database().rows(another, &[]).await;

    let path = format!("/api/channels/{id}/telegram");
    let (status, answer) = owner.send(Method::POST, &path, Some(json!({}))).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
    id
}

/// The web channel that every host begins with, as the address of its page is printed.
fn web_channel(app: &App) -> String {
    let said = std::fs::read_to_string(app.folder().join("said.log")).unwrap();
    let (_, rest) = said.split_once("/chat/").expect("the address of a chat");
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn the_endpoints_are_read_and_tried_in_a_browser() {
    let app = App::start().await;
    let answer = app.http().get(app.url("/api/docs")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.contains("script-src 'self';") && policy.starts_with("default-src 'none'"));
    assert!(
        !policy.contains("unsafe-eval") && !policy.contains("http"),
        "{policy}"
    );

    let browser = Browser::start(DESK).await;
    browser.open(&app.url("/api/docs")).await;
    let inside = "const inside = document.querySelector('rapi-doc').shadowRoot; ";
    let text =
        |what: &str| format!("{inside} return inside && inside.textContent.includes('{what}')");
    browser
        .wait_until("the endpoints", &text("/api/channels/{id}/inbound"))
        .await;
    browser
        .screenshot(&place::output("screenshots").join("api-docs.png"))
        .await;

    // The first of them that needs no proof, tried.
    let press = format!(
        "{inside} const button = [...inside.querySelectorAll('api-request')]
            .filter(request => request.path === '/healthz')
            .map(request => request.shadowRoot.querySelector('.m-btn.primary'))[0];
        if (!button) return false; button.click(); return true"
    );
    browser.wait_until("the button of /healthz", &press).await;
    let answered = format!(
        "{inside} return [...inside.querySelectorAll('api-request')]
            .some(request => request.shadowRoot.textContent.includes('OK:200'))"
    );
    browser.wait_until("the answer", &answered).await;
    browser
        .screenshot(&place::output("screenshots").join("api-docs-tried.png"))
        .await;
    assert_eq!(browser.errors().await, [""; 0]);
    browser.close().await;
    app.finish().await;
}
