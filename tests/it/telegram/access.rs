//! Who may talk: strangers are told how to get in, codes let them in once, and the host's own commands.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;
use tests::wait::{LONG, wait_for};

use super::{ask, connected, set_up, wait_until_confirmed, with_telegram};

async fn code(app: &App, minutes: Value) -> (StatusCode, Value) {
    ask(
        app,
        Method::POST,
        "/access-code",
        Some(json!({ "ttlMinutes": minutes })),
    )
    .await
}

async fn good_code(app: &App) -> String {
    let (status, answer) = code(app, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_stranger_is_told_once_how_to_get_in_and_a_code_lets_in_once() {
    let (app, telegram) = with_telegram().await;
    set_up(&app).await;
    telegram.say(42, "hello");
    telegram.say(42, "anyone?");
    let told = telegram.wait_for(1).await;
    assert!(
        told[0].contains("/code <access_code>") && told[0].ends_with("Your user id: 42"),
        "{told:?}"
    );

    let code = good_code(&app).await;
    assert!(code.starts_with("EG-") && code.len() == 13, "{code}");
    telegram.say(42, &format!("/start {}", code.to_lowercase()));
    assert_eq!(
        telegram.wait_for(2).await[1],
        "Access granted. You can now send messages to the agent."
    );
    telegram.say(42, "hello again");
    assert_eq!(telegram.wait_for(3).await[2], "hello again");

    // It has been used.
    telegram.say(43, &code);
    assert!(telegram.wait_for(4).await[3].starts_with("This access code does not work"));
    telegram.say(42, "/code");
    assert!(telegram.wait_for(5).await[4].contains("access already"));

    // Nothing that a stranger said was kept, and the code is nowhere.
    wait_until_confirmed(&telegram).await;
    let heard: Vec<String> = app
        .database()
        .log()
        .await
        .into_iter()
        .filter(|entry| entry.inbound)
        .map(|entry| entry.text)
        .collect();
    assert_eq!(heard, ["hello again", "/code"]);
    app.finish().await;
}

#[tokio::test]
async fn wrong_codes_are_not_tried_for_ever() {
    let (app, telegram) = with_telegram().await;
    set_up(&app).await;
    let good = good_code(&app).await;
    for number in 0..5 {
        telegram.say(42, &format!("/code EG-000000000{number}"));
    }
    let answers = telegram.wait_for(5).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.starts_with("This access code does not work")),
        "{answers:?}"
    );
    telegram.say(42, &good);
    assert_eq!(
        telegram.wait_for(6).await[5],
        "Too many wrong access codes. Try again in 15 minutes."
    );
    // Somebody else may use it.
    telegram.say(43, &good);
    assert!(telegram.wait_for(7).await[6].starts_with("Access granted"));
    app.finish().await;
}

#[tokio::test]
async fn a_code_works_for_as_long_as_its_owner_said() {
    let (app, _telegram) = with_telegram().await;
    let (status, error) = code(&app, json!(30)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        error["error"]
            .as_str()
            .unwrap()
            .contains("no bot is set up"),
        "{error}"
    );
    set_up(&app).await;
    for wrong in [json!(0), json!(1_441), json!("soon"), json!(1.5)] {
        let (status, error) = code(&app, wrong.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(
            error["error"]
                .as_str()
                .unwrap()
                .starts_with("ttlMinutes: must be a whole number"),
            "{error}"
        );
    }
    let (_, made) = code(&app, json!(1_440)).await;
    let time = |name: &str| chrono_seconds(made[name].as_str().unwrap());
    assert_eq!(time("expiresAt") - time("createdAt"), 24 * 60 * 60);

    // The table knows no code by its text, and a past one works no more.
    let code = made["code"].as_str().unwrap();
    let stored = app
        .database()
        .rows(
            "SELECT encode(hash, 'escape') || created_at::text FROM access_codes",
            &[],
        )
        .await;
    assert!(!stored[0].get::<_, &str>(0).contains(code));
    app.database()
        .rows("UPDATE access_codes SET expires_at = now()", &[])
        .await;
    _telegram.say(42, code);
    assert!(_telegram.wait_for(1).await[0].starts_with("This access code does not work"));
    app.finish().await;
}

/// Seconds since midnight of the first day of the month: enough to compare two times of the same days.
fn chrono_seconds(time: &str) -> i64 {
    let number = |range: std::ops::Range<usize>| time[range].parse::<i64>().unwrap();
    ((number(8..10) * 24 + number(11..13)) * 60 + number(14..16)) * 60 + number(17..19)
}

#[tokio::test]
async fn the_hosts_own_commands_are_answered_before_any_agent() {
    let (app, telegram) = connected(42).await;
    telegram.say(42, "/start");
    let help = telegram.wait_for(1).await[0].clone();
    assert!(
        help.starts_with("The connection is active.\nActive project: "),
        "{help}"
    );
    assert!(help.contains("/new"), "{help}");
    telegram.say(42, "/help@FakeHelperBot");
    assert_eq!(telegram.wait_for(2).await[1], help);

    telegram.say(42, "before");
    telegram.say(42, "/new");
    telegram.say(42, "after");
    let said = telegram.wait_for(5).await;
    assert!(
        said.iter()
            .any(|text| text.starts_with("A new conversation begins.")),
        "{said:?}"
    );
    app.database().settled().await;
    let chats = "SELECT string_agg(title, ',' ORDER BY id) FROM chats";
    let chats: String = app.database().rows(chats, &[]).await[0].get(0);
    assert_eq!(chats, "before,after");
    let turns = app.database().turns("oblige").await;
    assert_eq!(turns.len(), 2, "{turns:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_group_is_left_in_peace() {
    let (app, telegram) = with_telegram().await;
    set_up(&app).await;
    let in_group = |text: &str| {
        let mut message = telegram.message(42, text);
        message["chat"] = json!({ "id": -100, "type": "supergroup", "title": "Crew" });
        telegram.update(json!({ "message": message }));
    };
    in_group("anyone for lunch?");
    in_group("/start@FakeHelperBot");
    assert!(telegram.wait_for(1).await[0].ends_with("Your user id: 42"));
    in_group("thanks");
    wait_until_confirmed(&telegram).await;
    app.database().settled().await;
    assert_eq!(telegram.sent().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn who_is_no_longer_let_in_is_no_longer_heard() {
    let (app, telegram) = connected(42).await;
    telegram.say(42, "hi");
    telegram.wait_for(1).await;
    ask(
        &app,
        Method::PUT,
        "/config",
        Some(json!({ "allowedUserIds": [7] })),
    )
    .await;
    telegram.say(42, "hi again");
    assert!(telegram.wait_for(2).await[1].ends_with("Your user id: 42"));
    // An open channel takes anyone.
    ask(
        &app,
        Method::PUT,
        "/config",
        Some(json!({ "access": "open" })),
    )
    .await;
    telegram.say(99, "and I?");
    assert_eq!(telegram.wait_for(3).await[2], "and I?");
    app.finish().await;
}

#[tokio::test]
async fn a_channel_of_any_kind_can_be_closed() {
    let (app, _callback, channel) = crate::serving("echo").await;
    assert_eq!(channel.say("u1", "hi").await, ["hi"]);
    app.database()
        .rows(
            "UPDATE channels SET access = 'allow_list' WHERE kind = 'webhook'",
            &[],
        )
        .await;
    let answer = channel.send(&tests::channel::message("u1", "hi")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    app.database()
        .rows("UPDATE contacts SET allowed_at = now()", &[])
        .await;
    wait_for(LONG, "an answer", async || {
        let answer = channel.send(&tests::channel::message("u1", "hi")).await;
        (answer.status == StatusCode::OK).then_some(())
    })
    .await;
    app.finish().await;
}
