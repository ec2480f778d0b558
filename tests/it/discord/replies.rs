//! What goes out: limits, files, buttons, drafts.

use serde_json::json;
use tests::fakes::discord::chat_of;
use tests::wait::{LONG, wait_for};

use super::connected;

#[tokio::test]
async fn what_discord_says_of_its_limits_is_kept() {
    let (app, discord) = connected().await;
    let messages = format!("POST /channels/{}/messages", chat_of(42));
    let slow =
        json!({ "message": "You are being rate limited.", "retry_after": 0.7, "global": false });
    let bucket = vec![
        ("x-ratelimit-bucket", "b1"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset-after", "0.7"),
    ];
    discord.next(&messages, [(429, bucket, slow)]);
    discord.say(42, "one");
    discord.say(42, "two");
    assert_eq!(discord.wait_for(2).await, ["one", "two"]);
    let asked = discord.asked(&messages);
    assert_eq!(
        asked.len(),
        3,
        "nothing is asked before its time: {asked:?}"
    );
    assert!((asked[1].at - asked[0].at).as_millis() >= 650);
    app.finish().await;
}

#[tokio::test]
async fn errors_of_discord_pass_and_nothing_is_said_twice() {
    let (app, discord) = connected().await;
    let messages = format!("POST /channels/{}/messages", chat_of(42));
    discord.next(
        &messages,
        [(500, vec![], json!({})), (502, vec![], json!({}))],
    );
    discord.say(42, "hello");
    assert_eq!(discord.wait_for(1).await, ["hello"]);
    let asked = discord.asked(&messages);
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].body["nonce"], asked[2].body["nonce"]);
    app.finish().await;
}

#[tokio::test]
async fn in_a_server_a_message_is_answered_under_it_and_pings_no_one() {
    let (app, discord) = connected().await;
    let id = discord.message(discord.on_server(42, "<@900000000000000001>: @everyone look"));
    assert_eq!(discord.wait_for(1).await, ["@everyone look"]);
    let body = &discord.asked("POST /channels/501/messages")[0].body;
    assert_eq!(body["message_reference"]["message_id"], json!(id));
    assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
    app.finish().await;
}

#[tokio::test]
async fn long_texts_files_and_buttons_go_out() {
    let (app, discord) = connected().await;
    let long = "word ".repeat(900);
    discord.say(42, &long);
    let pieces = discord.wait_for(3).await;
    assert!(pieces.iter().all(|piece| piece.chars().count() <= 2_000));
    discord.say(42, "file the contents");
    discord.wait_for(5).await;
    let messages = format!("POST /channels/{}/messages", chat_of(42));
    let files: Vec<_> = discord
        .asked(&messages)
        .into_iter()
        .filter(|asked| asked.body["files"].is_array())
        .collect();
    assert_eq!(
        files[0].body["files"],
        json!([{ "file": "note.txt", "bytes": 12 }])
    );
    discord.say(42, "choose tea coffee");
    discord.wait_for(6).await;
    let asked = discord.asked(&messages);
    let components = asked.last().unwrap().body["components"].clone();
    assert_eq!(components[0]["components"][1]["custom_id"], "coffee");
    let pressed = json!({
        "id": "3001", "type": 3, "application_id": "800000000000000001", "token": "tok",
        "channel_id": chat_of(42), "user": { "id": "42", "username": "ada" },
        "data": { "custom_id": "coffee", "component_type": 2 }, "message": { "id": "1", "components": components },
    });
    discord.dispatch("INTERACTION_CREATE", &pressed);
    wait_for(LONG, "the choice", async || {
        discord
            .shown()
            .contains(&"You chose coffee.".to_owned())
            .then_some(())
    })
    .await;
    assert_eq!(
        discord.asked("POST /interactions/3001/tok/callback")[0].body["type"],
        6
    );
    app.finish().await;
}

#[tokio::test]
async fn an_answer_that_takes_its_time_is_seen_to_come() {
    let (app, discord) = connected().await;
    discord.say(42, "draft the answer");
    wait_for(LONG, "the answer in place of the draft", async || {
        (discord.shown() == ["the answer"]).then_some(())
    })
    .await;
    assert!(
        !discord
            .asked(&format!("POST /channels/{}/typing", chat_of(42)))
            .is_empty()
    );
    app.finish().await;
}

#[tokio::test]
async fn a_draft_that_came_to_nothing_is_taken_away() {
    let (app, discord) = connected().await;
    discord.say(42, "vanish");
    let messages = format!("/channels/{}/messages", chat_of(42));
    wait_for(LONG, "the draft to be taken away", async || {
        (!discord.asked(&format!("DELETE {messages}/")).is_empty()).then_some(())
    })
    .await;
    app.database().settled().await;
    assert_eq!(discord.asked(&format!("POST {messages}")).len(), 1);
    assert_eq!(app.database().count("SELECT count(*) FROM shown").await, 0);
    app.finish().await;
    assert!(discord.shown().is_empty(), "{:?}", discord.shown());
}

#[tokio::test]
async fn a_file_that_came_along_is_read() {
    let (app, discord) = connected().await;
    let mut message = discord.direct(42, "read");
    let url = discord
        .url()
        .replace("/api/v10", "/cdn/a.txt?ex=1&is=2&hm=3");
    message["attachments"] =
        json!([{ "id": "1", "filename": "a.txt", "size": 17, "url": url, "proxy_url": url }]);
    discord.message(message);
    assert_eq!(discord.wait_for(1).await, ["contents of a.txt"]);
    app.finish().await;
}
