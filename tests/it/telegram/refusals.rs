//! What Telegram refuses, and that no one learns of the token by it.

use serde_json::json;
use tests::wait::{LONG, wait_for};

use super::{connected, set_up, wait_for_status};

/// What only the bot's owner knows of its token.
const SECRET: &str = "AAfake";

#[tokio::test]
async fn what_was_said_to_a_refused_token_waits_for_another() {
    let (app, telegram) = connected(42).await;
    let refused = json!({ "description": "Unauthorized" });
    telegram.next("sendMessage", [(401, refused)]);
    telegram.say(42, "hold that thought");
    let reason = wait_for_status(&app, "expired").await.unwrap();
    assert!(reason.contains("Unauthorized"), "{reason}");
    set_up(&app).await;
    telegram.wait_for(2).await;
    app.database().settled().await;
    assert_eq!(telegram.sent(), ["hold that thought"; 2]);
    assert_eq!(
        app.database().deliveries().await,
        [("delivered".to_owned(), 2)]
    );
    app.finish().await;
}

#[tokio::test]
async fn no_error_shows_the_token() {
    let (mut app, telegram) = connected(42).await;
    telegram.say(42, "compute 1500");
    super::wait_until_confirmed(&telegram).await;
    app.kill().await;
    drop(telegram);
    app.restart().await;
    let error = wait_for(LONG, "a delivery that fails", async || {
        let query = "SELECT error FROM deliveries WHERE error IS NOT NULL";
        let rows = app.database().rows(query, &[]).await;
        rows.first().map(|row| row.get::<_, String>(0))
    })
    .await;
    let reason = wait_for_status(&app, "error").await.unwrap();
    let log = std::fs::read_to_string(app.folder().join("said.log")).unwrap();
    for text in [&error, &reason, &log] {
        assert!(!text.contains(SECRET), "{text}");
    }
    assert!(error.contains("no connection"), "{error}");
}

#[tokio::test]
async fn an_answer_of_many_pieces_outlasts_the_tries_of_one() {
    let (app, telegram) = connected(42).await;
    // As many refusals as there are tries for a message that does not go on, each after one more piece.
    let answers = (0..22).map(|number| match number % 2 {
        0 => (200, json!({})),
        _ => (
            429,
            json!({ "retry_after": 0, "description": "Too Many Requests" }),
        ),
    });
    telegram.next("sendMessage", answers);
    let pieces: Vec<String> = ('a'..='k')
        .map(|letter| letter.to_string().repeat(3_000))
        .collect();
    telegram.say(42, &pieces.join("\n\n"));
    telegram.wait_for(21).await;
    app.database().settled().await;
    let mut sent = telegram.sent();
    sent.dedup();
    assert_eq!(sent, pieces);
    app.finish().await;
}
