//! Chats are sessions: people go from project to project by talking, as far as the channel's owner lets them.

use reqwest::Method;
use serde_json::{Value, json};
use tests::App;
use tests::fakes::telegram::Telegram;
use tests::wait::{LONG, wait_for};

use super::webhook::{call, called, update};
use super::{ROOT, ask, connected};
use crate::external_message::project;

const LIST: &str = "what projects are available?";
const SWITCH: &str = "switch to the backend project";
const CREATE: &str = "create a new project named crm-support";

/// The bot with 42 let in, and a project beside its own in which another agent answers.
async fn with_backend() -> (App, Telegram) {
    let (app, telegram) = connected(42).await;
    project(&app, "Backend", "counter").await;
    (app, telegram)
}

/// Says something, and what comes back.
async fn say(telegram: &Telegram, text: &str) -> String {
    let before = telegram.sent().len();
    telegram.say(42, text);
    telegram.wait_for(before + 1).await[before].clone()
}

async fn set(app: &App, settings: Value) {
    let (status, answer) = ask(app, Method::PUT, "/config", Some(settings)).await;
    assert!(status.is_success(), "{answer}");
}

/// The session of the chat 42: its project, whether it has a chat, and its path.
async fn session(app: &App) -> (String, bool) {
    let query = "SELECT p.slug, s.active_chat_id IS NOT NULL FROM sessions s
        JOIN conversations c ON c.id = s.conversation_id AND c.platform_chat_id = '42'
        JOIN projects p ON p.id = s.active_project_id";
    let row = &app.database().rows(query, &[]).await[0];
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn a_chat_goes_from_project_to_project_and_back() {
    let (app, telegram) = with_backend().await;
    assert_eq!(say(&telegram, "Grüezi").await, "Grüezi");
    let listed = say(&telegram, LIST).await;
    assert!(
        listed.contains("Home") && listed.contains("Backend"),
        "{listed}"
    );
    assert!(
        say(&telegram, "/start")
            .await
            .contains("Active project: Home")
    );

    let switched = say(&telegram, SWITCH).await;
    assert_eq!(switched, "Switched to the project Backend (backend).");
    assert!(say(&telegram, "one").await.starts_with("1 here"));
    assert!(say(&telegram, "two").await.starts_with("2 here"));
    assert!(
        say(&telegram, "/help")
            .await
            .contains("Active project: Backend")
    );
    assert_eq!(session(&app).await, ("backend".to_owned(), true));

    // A new chat of the session: in the same project, without what was said before.
    assert!(
        say(&telegram, "/new")
            .await
            .starts_with("A new conversation begins.")
    );
    assert_eq!(session(&app).await, ("backend".to_owned(), false));
    assert!(
        say(&telegram, "three")
            .await
            .starts_with("1 here, 3 in all")
    );

    assert!(
        say(&telegram, "switch to the home project")
            .await
            .starts_with("Switched")
    );
    assert_eq!(say(&telegram, "back again").await, "back again");
    // Where it was, it goes on.
    say(&telegram, SWITCH).await;
    assert!(say(&telegram, "four").await.starts_with("2 here, 4 in all"));

    let conversations = "SELECT count(*) FROM conversations WHERE platform_chat_id = '42'";
    assert_eq!(app.database().count(conversations).await, 1);
    let chats = "SELECT count(*) FROM chats";
    assert_eq!(app.database().count(chats).await, 3);
    let told = "SELECT (content->'metadata'->0)::text FROM messages WHERE text = 'four'";
    let told: String = app.database().rows(told, &[]).await[0].get(0);
    assert_eq!(told, r#"["project_id", "backend"]"#);
    app.finish().await;
}

#[tokio::test]
async fn a_project_is_made_in_the_name_of_the_bots_owner() {
    let (app, telegram) = with_backend().await;
    let made = say(&telegram, CREATE).await;
    assert_eq!(made, "Created the project crm-support and switched to it.");
    // It has no agent: the bot's own answers.
    assert_eq!(say(&telegram, "hello").await, "hello");
    assert!(
        say(&telegram, "/help")
            .await
            .contains("Active project: crm-support")
    );
    assert!(say(&telegram, CREATE).await.contains("already"));
    let noted = "SELECT count(*) FROM audit a JOIN members m ON m.project_id::text = a.subject_id
        WHERE a.action = 'createProject' AND a.outcome = 'done' AND a.way = 'chat' AND a.entrance = 'platform'
            AND a.user_id = m.user_id AND m.role = 'owner'";
    assert_eq!(app.database().count(noted).await, 1);
    app.finish().await;
}

#[tokio::test]
async fn many_chats_make_projects_and_talk_at_once() {
    let (app, telegram) = connected(42).await;
    let people: Vec<String> = (1..=6).map(|person| person.to_string()).collect();
    set(&app, json!({ "allowedUserIds": people })).await;
    for person in 1..=6 {
        telegram.say(person, &format!("create a project named of-{person}"));
        telegram.say(person, "hello");
    }
    let said = telegram.wait_for(12).await;
    let of = |text: &str| said.iter().filter(|said| said.contains(text)).count();
    assert_eq!(
        (of("Created the project of-"), of("hello")),
        (6, 6),
        "{said:?}"
    );
    let projects = "SELECT count(*) FROM projects WHERE slug LIKE 'of-%'";
    assert_eq!(app.database().count(projects).await, 6);
    app.finish().await;
}

#[tokio::test]
async fn a_host_that_dies_on_the_way_makes_a_project_once() {
    for point in ["poll.read", "poll.stored"] {
        let (mut app, telegram) = connected(42).await;
        app.terminate().await;
        app.set("CLOISTER_FAULT", Some(&format!("{point}:1")));
        app.restart().await;
        telegram.say(42, CREATE);
        app.died().await;
        app.set("CLOISTER_FAULT", None);
        app.restart().await;
        telegram.say(42, "hello");
        wait_for(LONG, "the answer", async || {
            telegram
                .sent()
                .iter()
                .any(|said| said == "hello")
                .then_some(())
        })
        .await;
        app.database().settled().await;
        let projects = "SELECT count(*) FROM projects WHERE slug LIKE 'crm-support%'";
        assert_eq!(app.database().count(projects).await, 1, "{point}");
        let log = app.database().log().await;
        let made = log.iter().filter(|entry| entry.text.starts_with("Created"));
        assert_eq!(made.count(), 1, "{point}");
        assert_eq!(session(&app).await, ("crm-support".to_owned(), true));
        app.finish().await;
    }
}

#[tokio::test]
async fn by_webhook_it_is_the_same() {
    let (app, telegram, _) = called().await;
    project(&app, "Backend", "counter").await;
    set(&app, json!({ "allowedUserIds": [42] })).await;
    let (_, secret) = telegram.webhook().unwrap();
    let mut number = 0;
    let mut say = async |text: &str| {
        number += 1;
        let answer = call(&app, ROOT, &secret, &update(number, 42, text)).await;
        assert!(answer.0.is_success(), "{answer:?}");
        let said = telegram.wait_for(usize::try_from(number).unwrap()).await;
        (said[said.len() - 1].clone(), answer.1)
    };
    assert_eq!(say("Grüezi").await.0, "Grüezi");
    let (said, answer) = say(SWITCH).await;
    assert_eq!(said, "Switched to the project Backend (backend).");
    assert_eq!(answer, json!({ "ok": true }));
    assert!(say("one").await.0.starts_with("1 here"));
    let (said, answer) = say("/help").await;
    assert!(said.contains("Active project: Backend"), "{said}");
    assert_eq!(answer, json!({ "ok": true, "command": "help" }));
    assert!(say("/new").await.0.starts_with("A new"));
    assert!(say("two").await.0.starts_with("1 here, 2 in all"));
    assert!(say(CREATE).await.0.starts_with("Created"));
    // Brought again, it is what it was.
    let again = call(&app, ROOT, &secret, &update(7, 42, CREATE)).await;
    assert_eq!(again.1, json!({ "ok": true, "duplicate": true }));
    let again = call(&app, ROOT, &secret, &update(2, 42, SWITCH)).await;
    assert_eq!(again.1, json!({ "ok": true, "duplicate": true }));
    assert_eq!(session(&app).await, ("crm-support".to_owned(), true));
    app.finish().await;
    assert_eq!(telegram.sent().len(), 7);
}

#[tokio::test]
async fn a_chat_that_is_written_to_at_once_is_one_session() {
    let (app, telegram, _) = called().await;
    set(&app, json!({ "allowedUserIds": [42] })).await;
    let (_, secret) = telegram.webhook().unwrap();
    let updates: Vec<Value> = (1..=16)
        .map(|id| update(id, 42, &format!("message {id}")))
        .collect();
    let calls = updates
        .iter()
        .map(|update| call(&app, ROOT, &secret, update));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.1, json!({ "ok": true }));
    }
    telegram.wait_for(16).await;
    assert_eq!(app.database().count("SELECT count(*) FROM chats").await, 1);
    app.finish().await;
}

#[tokio::test]
async fn a_group_strangers_and_edits_lead_nowhere() {
    let (app, telegram) = with_backend().await;
    let in_group = |text: &str| {
        let mut message = telegram.message(42, text);
        message["chat"] = json!({ "id": -100, "type": "supergroup", "title": "Crew" });
        telegram.update(json!({ "message": message }));
    };
    // To the agent it is a message as any other.
    in_group(SWITCH);
    assert_eq!(telegram.wait_for(1).await, [SWITCH]);
    let edited = telegram.message(42, SWITCH);
    telegram.update(json!({ "edited_message": edited }));
    assert_eq!(telegram.wait_for(2).await[1], SWITCH);
    let pressed = json!({
        "id": "press-1", "chat_instance": "1", "data": SWITCH,
        "from": { "id": 42, "is_bot": false, "first_name": "Ada" },
        "message": { "message_id": 2, "date": 1, "chat": { "id": 42, "type": "private" } },
    });
    telegram.update(json!({ "callback_query": pressed }));
    assert_eq!(
        telegram.wait_for(3).await[2],
        format!("You chose {SWITCH}.")
    );
    telegram.say(7, LIST);
    assert!(telegram.wait_for(4).await[3].ends_with("Your user id: 7"));
    assert_eq!(session(&app).await.0, "home");
    app.finish().await;
}

#[tokio::test]
async fn a_bot_whose_owner_does_not_want_it_stays_in_its_project() {
    let (app, telegram) = with_backend().await;
    say(&telegram, SWITCH).await;
    assert!(say(&telegram, "one").await.starts_with("1 here"));
    // Anyone may talk: nobody gets anywhere, and who was elsewhere is no longer.
    set(&app, json!({ "access": "open" })).await;
    assert_eq!(say(&telegram, LIST).await, LIST);
    assert!(
        say(&telegram, "/help")
            .await
            .contains("Active project: Home")
    );
    assert_eq!(session(&app).await.0, "home");
    set(&app, json!({ "access": "allow_list", "navigation": false })).await;
    assert_eq!(say(&telegram, SWITCH).await, SWITCH);
    let (_, settings) = ask(&app, Method::GET, "/config", None).await;
    assert_eq!(settings["navigation"], false);
    set(&app, json!({ "navigation": true })).await;
    assert!(say(&telegram, SWITCH).await.starts_with("Switched"));
    let (status, error) = ask(
        &app,
        Method::PUT,
        "/config",
        Some(json!({ "navigation": "yes" })),
    )
    .await;
    assert_eq!(status, 400, "{error}");
    app.finish().await;
}

#[tokio::test]
async fn what_the_bots_owner_may_not_see_is_not_there() {
    let (app, telegram) = with_backend().await;
    say(&telegram, SWITCH).await;
    let out =
        "DELETE FROM members WHERE project_id = (SELECT id FROM projects WHERE slug = 'backend')";
    app.database().rows(out, &[]).await;
    assert_eq!(say(&telegram, "hello").await, "hello");
    assert!(
        say(&telegram, SWITCH)
            .await
            .starts_with("There is no project")
    );
    assert!(!say(&telegram, LIST).await.contains("Backend"));
    app.finish().await;
}

#[tokio::test]
async fn a_bot_of_one_project_knows_no_other_until_it_is_told_to() {
    let telegram = Telegram::start().await;
    let app = super::beside(&telegram).start().await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    project(&app, "Backend", "counter").await;
    let made = app
        .owner()
        .graphql(
            "mutation($credential: Json!) { createChannel(input: {
                kind: \"telegram\", name: \"Bot\", configuration: { mode: \"polling\" }, credential: $credential
            }) { channel { id navigates } } }",
            json!({ "credential": { "bot_token": tests::fakes::telegram::TOKEN } }),
        )
        .await;
    let channel = &made["data"]["createChannel"]["channel"];
    assert_eq!(channel["navigates"], false, "{made}");
    let change = async |input: Value| {
        let query = "mutation($id: ID!, $input: UpdateChannelInput!) { updateChannel(id: $id, input: $input) { navigates } }";
        let variables = json!({ "id": channel["id"], "input": input });
        let changed = app.owner().graphql(query, variables).await;
        assert!(changed["errors"].is_null(), "{changed}");
    };
    change(json!({ "access": "ALLOW_LIST" })).await;
    let let_in = "INSERT INTO contacts (organization_id, channel_id, platform_user_id, id, allowed_at)
        SELECT organization_id, id, '42', gen_random_uuid(), now() FROM channels WHERE kind = 'telegram'";
    app.database().rows(let_in, &[]).await;
    assert_eq!(say(&telegram, SWITCH).await, SWITCH);
    change(json!({ "navigates": true })).await;
    assert!(say(&telegram, SWITCH).await.starts_with("Switched"));
    app.finish().await;
}

#[tokio::test]
async fn people_who_hold_a_chat_hear_everything() {
    let (app, telegram) = with_backend().await;
    say(&telegram, "hello").await;
    let hold = "mutation($id: ID!) { takeOverConversation(id: $id) { id } }";
    let conversation = "SELECT id::text FROM conversations WHERE platform_chat_id = '42'";
    let id: String = app.database().rows(conversation, &[]).await[0].get(0);
    let held = app.owner().graphql(hold, json!({ "id": id })).await;
    assert!(held["errors"].is_null(), "{held}");
    for text in [SWITCH, "/new"] {
        telegram.say(42, text);
    }
    super::wait_until_confirmed(&telegram).await;
    assert_eq!(telegram.sent().len(), 1);
    assert_eq!(session(&app).await, ("home".to_owned(), true));
    app.finish().await;
}
