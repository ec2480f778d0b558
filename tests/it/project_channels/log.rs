//! The log of a channel.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;
use tests::fakes::discord::{self, Discord};
use tests::fakes::telegram::{TOKEN, Telegram};
use tests::people::Home;

use super::{ask, error, with_telegram};

async fn with_a_bot() -> (App, Telegram, String) {
    let (app, telegram, all) = with_telegram().await;
    let body = json!({ "channel_type": "telegram", "display_name": "Bot", "credential": { "type": "telegram", "bot_token": TOKEN } });
    let (status, made) = ask(&app, Method::POST, &all, Some(body)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let one = format!("{all}/{}", made["channel"]["id"].as_str().unwrap());
    (app, telegram, one)
}

async fn log(app: &App, one: &str, query: &str) -> Vec<Value> {
    let (status, log) = ask(app, Method::GET, &format!("{one}/messages{query}"), None).await;
    assert_eq!(status, StatusCode::OK, "{log}");
    log["messages"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_newest_message_comes_first_with_every_column() {
    let (app, telegram, one) = with_a_bot().await;
    let mut message = telegram.message(88102, "hello");
    message["from"]["username"] = json!("alice");
    telegram.update(json!({ "message": message }));
    telegram.wait_for(1).await;
    telegram.say(42, "Grüezi");
    telegram.wait_for(2).await;
    app.database().settled().await;

    let all = log(&app, &one, "").await;
    let texts: Vec<&str> = all
        .iter()
        .map(|one| one["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["Grüezi", "Grüezi", "hello", "hello"]);
    let (answer, heard) = (&all[2], &all[3]);
    let columns: Vec<&String> = heard.as_object().unwrap().keys().collect();
    let expected = [
        "agent_id",
        "channel_id",
        "created_at",
        "direction",
        "error",
        "id",
        "media_path",
        "media_type",
        "platform_chat_id",
        "platform_user_id",
        "text",
        "username",
    ];
    assert_eq!(columns, expected);
    assert_eq!(heard["direction"], "inbound");
    assert_eq!(
        (&heard["platform_user_id"], &heard["platform_chat_id"]),
        (&json!("tg:88102"), &json!("tg:88102"))
    );
    assert_eq!(heard["username"], "alice");
    assert!(one.ends_with(heard["channel_id"].as_str().unwrap()));
    assert!(
        ["agent_id", "media_type", "media_path", "error"]
            .iter()
            .all(|name| heard[name].is_null())
    );
    assert_eq!(
        (&answer["direction"], &answer["platform_user_id"]),
        (&json!("outbound"), &json!("tg:88102"))
    );
    assert!(answer["agent_id"].is_string() && answer["username"].is_null());
    app.finish().await;
}

#[tokio::test]
async fn ids_of_discord_say_so() {
    let discord = Discord::start().await;
    let app = crate::discord::beside(&discord).start().await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    let home = Home::of(&app).await;
    let all = format!("/api/projects/{}/channels", home.project);
    let body = json!({ "channel_type": "discord", "display_name": "Bot", "credential": { "type": "discord", "bot_token": discord::TOKEN } });
    let (status, made) = ask(&app, Method::POST, &all, Some(body)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert!(!made.to_string().contains(discord::TOKEN), "{made}");
    discord.wait_for_greetings(1).await;
    discord.say(42, "hello");
    discord.wait_for(1).await;
    app.database().settled().await;
    let one = format!("{all}/{}", made["channel"]["id"].as_str().unwrap());
    let all = log(&app, &one, "").await;
    assert_eq!(all.len(), 2, "{all:?}");
    for said in &all {
        assert_eq!(said["platform_user_id"], "dc:42");
        assert_eq!(
            said["platform_chat_id"],
            format!("dc:{}", discord::chat_of(42))
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn a_limit_is_cut_to_what_is_allowed() {
    let (app, telegram, one) = with_a_bot().await;
    for number in 0..4 {
        telegram.say(42, &format!("say {number}"));
    }
    telegram.wait_for(4).await;
    app.database().settled().await;
    for (query, count) in [
        ("?limit=3", 3),
        ("?limit=0", 1),
        ("?limit=-7", 1),
        ("?limit=500", 8),
        ("?limit=999999999999999999999999", 8),
        ("", 8),
    ] {
        assert_eq!(log(&app, &one, query).await.len(), count, "{query}");
    }
    let wrong = ask(
        &app,
        Method::GET,
        &format!("{one}/messages?limit=many"),
        None,
    )
    .await;
    assert!(error(&wrong, StatusCode::BAD_REQUEST).starts_with("limit"));

    // More than are shown at most, and a hundred where nothing is said.
    let insert = "INSERT INTO messages (organization_id, conversation_id, id, direction, text)
        SELECT organization_id, id, gen_random_uuid(), 'inbound', 'row ' || n FROM conversations, generate_series(1, 600) n
        WHERE platform_chat_id = '42'";
    app.database().rows(insert, &[]).await;
    assert_eq!(log(&app, &one, "").await.len(), 100);
    let most = log(&app, &one, "?limit=501").await;
    assert_eq!((most.len(), &most[0]["text"]), (500, &json!("row 600")));
    app.finish().await;
}

#[tokio::test]
async fn what_did_not_arrive_says_why() {
    let (app, telegram, one) = with_a_bot().await;
    let refusal = json!({ "description": "Forbidden: bot was blocked by the user" });
    telegram.next("sendMessage", [(403, refusal)]);
    telegram.say(42, "are you there?");
    telegram.wait_for(1).await;
    app.database().settled().await;
    let all = log(&app, &one, "").await;
    assert!(
        all[0]["error"].as_str().unwrap().contains("blocked"),
        "{all:?}"
    );
    assert!(all[1]["error"].is_null());
    app.finish().await;
}
