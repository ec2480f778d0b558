//! What others wrote: a server of the Bot API to which the host talks, and a client to which our own fake has to be one.

use reqwest::Method;
use serde_json::{Value, json};
use tests::fakes::telegram::{TOKEN, Telegram, USERNAME};
use tests::node::Script;
use tests::wait::{LONG, wait_for};
use tests::{App, ports};

use super::{ask, set_up};

#[tokio::test]
async fn the_host_gets_on_with_a_server_that_we_did_not_write() {
    let port = ports::free();
    let _server = Script::start("telegram_server.cjs", &[&port.to_string()]);
    let url = format!("http://127.0.0.1:{port}");
    let app = App::build()
        .set("CLOISTER_TELEGRAM_API_URL", url.clone())
        .start()
        .await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    let there = format!("{url}/bot{TOKEN}/getMe");
    wait_for(LONG, "the server", async || {
        app.http().get(&there).send().await.ok()
    })
    .await;

    set_up(&app).await;
    ask(
        &app,
        Method::PUT,
        "/config",
        Some(json!({ "allowedUserIds": [42] })),
    )
    .await;
    let lines = [
        url.as_str(),
        TOKEN,
        "Grüezi",
        "/help",
        "bold move",
        "choose tea coffee",
        "press coffee",
        "/new",
        "create a new project named crm-support",
        "which project am I in?",
    ];
    let said = Script::start("telegram_person.cjs", &lines).rest().await;
    let answers: Value = serde_json::from_str(&said.concat()).unwrap();
    let answers: Vec<&str> = answers
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    assert!(
        answers[1].starts_with("The connection is active."),
        "{answers:?}"
    );
    assert!(
        answers[5].starts_with("A new conversation begins."),
        "{answers:?}"
    );
    assert_eq!(
        answers[6..],
        [
            "Created the project crm-support and switched to it.",
            "You are in the project crm-support."
        ]
    );
    assert_eq!(
        [answers[0], answers[2], answers[3], answers[4]],
        ["Grüezi", "<b>move</b>", "Which one?", "You chose coffee."]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_client_that_we_did_not_write_gets_on_with_the_fake() {
    let telegram = Telegram::start().await;
    let url = telegram.url();
    let arguments = [url.as_str(), TOKEN, USERNAME];
    let client = Script::start("telegram_bot.cjs", &arguments).rest();
    let script = async {
        // Its second message is the one that is throttled.
        wait_for(LONG, "the first message", async || {
            (!telegram.sent().is_empty()).then_some(())
        })
        .await;
        wait_for(LONG, "the client to poll", async || {
            (telegram.asked("getUpdates").len() >= 2).then_some(())
        })
        .await;
        telegram.say(42, "one");
        telegram.say(42, "two");
    };
    telegram.throttle("slow", 7);
    let (said, ()) = tokio::join!(client, script);
    assert_eq!(said, ["done"]);
    let file = &telegram.asked("sendDocument")[0].body;
    assert_eq!(
        file.as_object()
            .unwrap()
            .values()
            .find(|value| value.is_object()),
        Some(&json!({ "file": "note.txt", "bytes": 8 }))
    );
    super::wait_until_confirmed(&telegram).await;
}
