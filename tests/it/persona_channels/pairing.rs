//! Pairing: strangers, codes, and who may guess how often.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::fakes::discord::{Discord, TOKEN};
use tests::fakes::telegram;
use tests::people::Home;
use tests::wait::{LONG, wait_for};

use super::{code_in, create, home, paired_with, post, shown, wait_for_last};

async fn pair(app: &App, id: &str, code: &str) -> (StatusCode, Value) {
    post(app, &format!("{id}/pair"), json!({ "code": code })).await
}

async fn with_discord() -> (App, telegram::Telegram, Discord, String) {
    let (app, telegram, discord) = home().await;
    let id = create(&app, "adam", json!({ "discord_token": TOKEN })).await;
    discord.wait_for_greetings(1).await;
    (app, telegram, discord, id)
}

#[tokio::test]
async fn a_code_binds_the_channel_to_who_was_shown_it_and_to_no_one_else() {
    let (mut app, _telegram, discord, id) = with_discord().await;
    discord.say(42, "hello?");
    let code = code_in(&discord.wait_for(1).await[0]);
    // One code a chat, while it works; another chat has its own.
    discord.say(42, "hello??");
    discord.say(43, "me too");
    let other = code_in(&discord.wait_for(2).await[1]);
    assert_ne!(code, other);
    let stored = app
        .database()
        .rows(
            "SELECT hash, account FROM pairing_codes ORDER BY created_at",
            &[],
        )
        .await;
    assert_eq!((stored.len(), stored[0].get::<_, &str>(1)), (2, "user42"));

    // It survives the host, and counts in any case.
    app.kill().await;
    app.restart().await;
    let (status, paired) = pair(&app, &id, &code.to_lowercase()).await;
    assert_eq!(status, StatusCode::OK, "{paired}");
    let channel = &paired["channel"];
    assert_eq!(
        (&channel["type"], &channel["name"]),
        (&json!("discord"), &json!("user42"))
    );
    assert_eq!(channel["credentials"]["token"], "OTAwMD****efgh");
    assert!(channel["verified_at"].as_str().unwrap().starts_with("20"));
    assert_eq!(paired["persona"]["name"], "adam");
    assert!(!paired.to_string().contains(TOKEN));
    assert_eq!(shown(&app, &id).await["channels"][0]["verified"], true);

    discord.say(43, "may I?");
    discord.say(42, "it is me");
    wait_for_last(&discord, "it is me").await;
    assert_eq!(
        discord.shown().len(),
        3,
        "strangers hear nothing: {:?}",
        discord.shown()
    );
    // What was shown to the other one is of no use any more.
    let (status, answer) = pair(&app, &id, &other).await;
    assert_eq!(
        (status, &answer["detail"]),
        (
            StatusCode::BAD_REQUEST,
            &json!("Pairing code is invalid or has expired.")
        )
    );
    app.finish().await;
}

#[tokio::test]
async fn pairing_takes_a_persona_that_runs_and_a_code_that_is_text() {
    let (app, _telegram, discord, id) = with_discord().await;
    discord.say(42, "hello?");
    let code = code_in(&discord.wait_for(1).await[0]);
    let (status, answer) = post(&app, &format!("{id}/pair"), json!({ "code": 7 })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer["detail"][0]["loc"], json!(["body", "code"]));
    post(&app, &format!("{id}/stop"), json!({})).await;
    let inactive = json!({ "detail": "Persona is not active." });
    assert_eq!(
        pair(&app, &id, &code).await,
        (StatusCode::CONFLICT, inactive)
    );
    post(&app, &format!("{id}/start"), json!({})).await;
    // It was not used up by that.
    assert_eq!(pair(&app, &id, &code).await.0, StatusCode::OK);
    app.finish().await;
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes_and_for_its_own_channel() {
    let (app, _telegram, discord, id) = with_discord().await;
    discord.say(42, "hello?");
    let code = code_in(&discord.wait_for(1).await[0]);
    app.database()
        .rows("UPDATE pairing_codes SET expires_at = now()", &[])
        .await;
    assert_eq!(pair(&app, &id, &code).await.0, StatusCode::BAD_REQUEST);
    discord.say(42, "another one?");
    let code = code_in(&discord.wait_for(2).await[1]);
    let (status, _) = app
        .owner()
        .send(
            Method::DELETE,
            &format!("/api/persona/{id}/channels/fakehelper"),
            None,
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    let (status, answer) = pair(&app, &id, &code).await;
    let gone = "The channel associated with this pairing code could not be found.";
    assert_eq!(
        (status, &answer["detail"]),
        (StatusCode::BAD_REQUEST, &json!(gone))
    );
    app.finish().await;
}

#[tokio::test]
async fn of_two_channels_the_one_that_showed_the_code_is_paired() {
    let (app, telegram, discord, id) = with_discord().await;
    let body = json!({ "kind": "telegram", "credentials": { "token": telegram::TOKEN } });
    post(&app, &format!("{id}/channels"), body).await;
    telegram.say(77, "/start");
    let code = code_in(&telegram.wait_for(1).await[0]);
    assert_eq!(
        pair(&app, &id, &code).await.1["channel"]["type"],
        "telegram"
    );
    let channels = shown(&app, &id).await["channels"].clone();
    let verified: Vec<_> = channels
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["type"].clone(), one["verified"].clone()))
        .collect();
    assert_eq!(
        verified,
        [
            (json!("discord"), json!(false)),
            (json!("telegram"), json!(true))
        ]
    );
    assert_eq!(
        channels[1]["name"], "Ada",
        "who has no handle is called by their name"
    );
    paired_with(&app, &discord, &id, 42).await;
    app.finish().await;
}

#[tokio::test]
async fn a_channel_that_was_claimed_meanwhile_is_told_of() {
    let (app, _telegram, discord, id) = with_discord().await;
    discord.say(42, "hello?");
    let code = code_in(&discord.wait_for(1).await[0]);
    // As its owner may let someone in by name.
    let allow = "INSERT INTO contacts (organization_id, channel_id, platform_user_id, id, allowed_at)
        SELECT organization_id, id, 'someone', gen_random_uuid(), now() FROM channels WHERE kind = 'discord' RETURNING id";
    app.database().rows(allow, &[]).await;
    let (status, answer) = pair(&app, &id, &code).await;
    assert_eq!(
        (status, &answer["detail"]),
        (
            StatusCode::BAD_REQUEST,
            &json!("This channel is already verified.")
        )
    );
    app.finish().await;
}

#[tokio::test]
async fn guessing_is_limited_and_the_right_code_waits_with_the_wrong_ones() {
    let (app, _telegram, discord, id) = with_discord().await;
    discord.say(42, "hello?");
    let code = code_in(&discord.wait_for(1).await[0]);
    let wrong = |number: usize| format!("{number:06X}");
    let mut guesses = (0..).map(wrong).filter(|guess| *guess != code);
    for _ in 0..5 {
        let guess = guesses.next().unwrap();
        assert_eq!(pair(&app, &id, &guess).await.0, StatusCode::BAD_REQUEST);
    }
    let (status, answer) = pair(&app, &id, &code).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{answer}");
    assert!(
        answer["detail"]
            .as_str()
            .unwrap()
            .starts_with("too many requests"),
        "{answer}"
    );
    let later = "UPDATE pairing_attempts SET since = now() - interval '16 minutes'";
    app.database().rows(later, &[]).await;
    assert_eq!(pair(&app, &id, &code).await.0, StatusCode::OK);
    app.finish().await;
}

#[tokio::test]
async fn those_who_guess_together_are_limited_together() {
    let (app, _telegram, discord, id) = with_discord().await;
    discord.say(42, "hello?");
    let code = code_in(&discord.wait_for(1).await[0]);
    let home = Home::of(&app).await;
    let path = format!("/api/persona/{id}/pair");
    let wrong = |number: usize| format!("{number:06X}");
    let mut guesses = (0..).map(wrong).filter(|guess| *guess != code);
    for number in 0..4 {
        let admin = home.member(&app, &format!("admin{number}"), "admin").await;
        let admin = home.with_token(&app, TokenKind::Personal, &admin, None);
        let admin = admin.await;
        for _ in 0..5 {
            let body = json!({ "code": guesses.next().unwrap() });
            let (status, answer) = admin.send(Method::POST, &path, Some(body)).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        }
    }
    // Twenty for the channel, none of them the owner's.
    let (status, answer) = pair(&app, &id, &code).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{answer}");
    let later = "UPDATE pairing_attempts SET since = now() - interval '16 minutes'";
    app.database().rows(later, &[]).await;
    assert_eq!(pair(&app, &id, &code).await.0, StatusCode::OK);
    app.finish().await;
}

#[tokio::test]
async fn many_guesses_at_once_are_counted_one_by_one() {
    let (app, _telegram, discord, id) = with_discord().await;
    discord.say(42, "hello?");
    let code = code_in(&discord.wait_for(1).await[0]);
    let guesses: Vec<String> = (0..30)
        .map(|number| format!("{number:06X}"))
        .filter(|guess| *guess != code)
        .collect();
    let tries = guesses.iter().map(|guess| pair(&app, &id, guess));
    let all = futures_util::future::join_all(tries).await;
    let looked_at = all
        .iter()
        .filter(|(status, _)| *status == StatusCode::BAD_REQUEST)
        .count();
    assert_eq!(looked_at, 5);
    app.finish().await;
}

#[tokio::test]
async fn in_a_server_no_code_is_shown() {
    let (app, _telegram, discord, _) = with_discord().await;
    discord.message(discord.on_server(42, "hello?"));
    discord.say(43, "hello?");
    discord.wait_for(1).await;
    wait_for(LONG, "both to be heard", async || {
        let codes = "SELECT count(*) FROM pairing_codes";
        (app.database().count(codes).await == 1).then_some(())
    })
    .await;
    assert!(discord.asked("POST /channels/501").is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_code_is_typed_in_on_the_front_page() {
    let (app, _telegram, discord, _) = with_discord().await;
    discord.say(42, "hello?");
    let code = code_in(&discord.wait_for(1).await[0]);
    let owner = app.owner();
    let front = owner.request(Method::GET, "/").send().await.unwrap();
    let front = front.text().await.unwrap();
    assert!(
        front.contains("action=\"/pair\"") && front.contains("name=\"code\""),
        "{front}"
    );
    let typed = async |code: &str| {
        let form = format!("agent=adam&code={code}");
        let request = owner.request(Method::POST, "/pair").body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, page) = typed("nonsense").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("is invalid or has expired"), "{page}");
    let (status, page) = typed(&code.to_lowercase()).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("listens to user42 alone"), "{page}");
    app.finish().await;
}

#[tokio::test]
async fn a_channel_of_any_agent_is_paired_over_graphql() {
    let (app, _telegram, discord, _) = with_discord().await;
    discord.say(42, "hello?");
    let code = code_in(&discord.wait_for(1).await[0]);
    let pair = async |code: &str| {
        let query = "mutation($code: String!) { pairChannel(agent: \"adam\", code: $code) { name access } }";
        app.owner().graphql(query, json!({ "code": code })).await
    };
    let wrong = pair("nonsense").await;
    assert_eq!(
        wrong["errors"][0]["extensions"]["code"], "invalid",
        "{wrong}"
    );
    assert_eq!(
        pair(&code).await["data"]["pairChannel"],
        json!({ "name": "user42", "access": "PAIRED" })
    );
    app.finish().await;
}
