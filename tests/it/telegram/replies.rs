//! What comes back: Markdown, buttons, files, signs of life, and the ways in which Telegram refuses.

use reqwest::Method;
use serde_json::json;
use tests::wait::{LONG, wait_for};

use super::{ask, connected, wait_until_confirmed};

#[tokio::test]
async fn markdown_is_shown_and_what_cannot_be_is_sent_as_it_is() {
    let (app, telegram) = connected(42).await;
    telegram.say(42, "bold move");
    telegram.wait_for(1).await;
    assert_eq!(telegram.asked("sendMessage")[0].body["text"], "<b>move</b>");
    let refusal =
        json!({ "description": "Bad Request: can't parse entities: Unsupported start tag" });
    telegram.next("sendMessage", [(400, refusal)]);
    telegram.say(42, "bold again");
    assert_eq!(
        telegram.wait_for(3).await[1..],
        ["<b>again</b>", "**again**"]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_pressed_button_comes_back_to_the_agent() {
    let (app, telegram) = connected(42).await;
    telegram.say(42, "choose tea coffee");
    telegram.wait_for(1).await;
    let keyboard = &telegram.asked("sendMessage")[0].body["reply_markup"]["inline_keyboard"];
    assert_eq!(
        keyboard[1][0],
        json!({ "text": "coffee", "callback_data": "coffee" })
    );
    let pressed = json!({
        "id": "press-1", "chat_instance": "1", "data": "coffee",
        "from": { "id": 42, "is_bot": false, "first_name": "Ada" },
        "message": { "message_id": 2, "date": 1, "chat": { "id": 42, "type": "private" } },
    });
    telegram.update(json!({ "callback_query": pressed }));
    assert_eq!(telegram.wait_for(2).await[1], "You chose coffee.");
    wait_for(LONG, "the press to be acknowledged", async || {
        telegram
            .asked("answerCallbackQuery")
            .first()
            .map(|asked| assert_eq!(asked.body["callback_query_id"], "press-1"))
    })
    .await;
    app.finish().await;
}

#[tokio::test]
async fn files_go_both_ways() {
    let (app, telegram) = connected(42).await;
    telegram.say(42, "file contents");
    let sent = wait_for(LONG, "a document", async || {
        telegram.asked("sendDocument").first().cloned()
    })
    .await;
    assert_eq!(
        sent.body["document"],
        json!({ "file": "note.txt", "bytes": 8 })
    );
    assert_eq!(sent.body["chat_id"], "42");
    // A short text goes with its file.
    assert_eq!(sent.body["caption"], "Here it is.");
    assert!(telegram.sent().is_empty());

    let mut message = telegram.message(42, "");
    message["text"] = json!(null);
    message["caption"] = json!("a plan");
    message["document"] = json!({ "file_id": "F1", "file_name": "plan.pdf", "mime_type": "application/pdf", "file_size": 3 });
    telegram.update(json!({ "message": message }));
    assert_eq!(telegram.wait_for(1).await[0], "a plan");
    let content = "SELECT content->'attachments'->0->>'name' FROM messages WHERE text = 'a plan' AND direction = 'inbound'";
    let stored = app.database().rows(content, &[]).await;
    assert_eq!(stored[0].get::<_, &str>(0), "plan.pdf");
    app.finish().await;
}

#[tokio::test]
async fn an_agent_reads_what_someone_sent() {
    let (app, telegram) = connected(42).await;
    let send = |id: &str| {
        let mut message = telegram.message(42, "");
        message["text"] = json!(null);
        message["caption"] = json!("read this");
        message["document"] = json!({ "file_id": id, "file_name": "plan.txt" });
        telegram.update(json!({ "message": message }));
    };
    send("F1");
    assert_eq!(telegram.wait_for(1).await, ["contents of F1"]);

    // What fails once is had the next time.
    telegram.next("getFile", [(500, json!({}))]);
    send("F2");
    assert_eq!(telegram.wait_for(2).await[1], "contents of F2");

    // More than an agent can hold stays where it is, and no one learns of the address.
    send("huge");
    let answer = telegram.wait_for(3).await[2].clone();
    assert!(
        answer.contains("plan.txt is not here") && answer.contains("more than"),
        "{answer}"
    );
    assert!(!answer.contains("AAfake"), "{answer}");
    app.finish().await;
}

#[tokio::test]
async fn a_topic_is_answered_in_it_and_a_group_that_moved_is_followed() {
    let (app, telegram) = connected(42).await;
    ask(
        &app,
        Method::PUT,
        "/config",
        Some(json!({ "access": "open" })),
    )
    .await;
    let group = |id: i64, text: &str, more: serde_json::Value| {
        let mut message = telegram.message(42, text);
        message["chat"] = json!({ "id": id, "type": "supergroup", "title": "Crew" });
        for (name, value) in more.as_object().unwrap() {
            message[name] = value.clone();
        }
        telegram.update(json!({ "message": message }));
    };
    group(
        -100,
        "in the topic",
        json!({ "message_thread_id": 17, "is_topic_message": true }),
    );
    telegram.wait_for(1).await;
    let sent = &telegram.asked("sendMessage")[0].body;
    assert_eq!(
        (&sent["chat_id"], &sent["message_thread_id"]),
        (&json!(-100), &json!(17))
    );

    // Telegram says so when it is written to …
    let moved = json!({ "description": "Bad Request: group chat was upgraded to a supergroup chat", "migrate_to_chat_id": -1005 });
    telegram.next("sendMessage", [(400, moved)]);
    group(-5, "are you there", json!({}));
    telegram.wait_for(3).await;
    assert_eq!(telegram.asked("sendMessage")[2].body["chat_id"], -1005);
    // … and in the group.
    group(-6, "before the move", json!({}));
    telegram.wait_for(4).await;
    group(-6, "", json!({ "text": null, "migrate_to_chat_id": -1006 }));
    group(-1006, "after the move", json!({}));
    telegram.wait_for(5).await;
    app.database().settled().await;
    let chats = "SELECT platform_chat_id FROM conversations ORDER BY 1";
    let chats: Vec<String> = app
        .database()
        .rows(chats, &[])
        .await
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(chats, ["-100/17", "-1005", "-1006"]);
    app.finish().await;
}

#[tokio::test]
async fn typing_and_the_answer_as_it_grows_are_shown() {
    let (app, telegram) = connected(42).await;
    telegram.say(42, "draft the whole answer");
    let first = telegram.wait_for(1).await;
    assert_eq!(first, ["Let me see"]);
    let edits = wait_for(LONG, "the answer in place of its draft", async || {
        let edits = telegram.asked("editMessageText");
        edits
            .iter()
            .any(|edit| edit.text() == "the whole answer")
            .then_some(edits)
    })
    .await;
    assert!(
        edits
            .iter()
            .all(|edit| edit.body["message_id"] == edits[0].body["message_id"])
    );
    app.database().settled().await;
    assert_eq!(telegram.sent().len(), 1, "the answer is one message");
    assert!(!telegram.asked("sendChatAction").is_empty());
    assert_eq!(app.database().count("SELECT count(*) FROM shown").await, 0);
    app.finish().await;
}

#[tokio::test]
async fn a_throttled_message_waits_as_told_and_a_blocked_one_is_given_up() {
    let (app, telegram) = connected(42).await;
    telegram.next(
        "sendMessage",
        [(
            429,
            json!({ "retry_after": 1, "description": "Too Many Requests: retry after 1" }),
        )],
    );
    telegram.say(42, "patience");
    telegram.wait_for(2).await;
    let asked = telegram.asked("sendMessage");
    let waited = asked[1].at - asked[0].at;
    assert!(waited.as_millis() >= 950, "{waited:?}");

    telegram.next(
        "sendMessage",
        [(
            403,
            json!({ "description": "Forbidden: bot was blocked by the user" }),
        )],
    );
    telegram.say(42, "goodbye");
    telegram.wait_for(3).await;
    app.database().settled().await;
    let ends: Vec<_> = app
        .database()
        .deliveries()
        .await
        .into_iter()
        .map(|(status, _)| status)
        .collect();
    assert_eq!(ends, ["delivered", "dead"]);
    let (_, settings) = ask(&app, Method::GET, "/config", None).await;
    assert_eq!(
        settings["status"], "active",
        "one who blocks the bot breaks it for no one else"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_long_answer_is_not_begun_again_when_it_is_cut_off() {
    let (app, telegram) = connected(42).await;
    let long = format!("{}\n\n{}", "a".repeat(3_000), "b".repeat(3_000));
    // The first piece arrives, the second does not at once.
    telegram.next("sendMessage", [(200, json!({})), (500, json!({}))]);
    telegram.say(42, &long);
    telegram.wait_for(3).await;
    wait_until_confirmed(&telegram).await;
    app.database().settled().await;
    let (first, second) = ("a".repeat(3_000), "b".repeat(3_000));
    assert_eq!(telegram.sent(), [first, second.clone(), second]);
    assert_eq!(
        app.database().deliveries().await,
        [("delivered".to_owned(), 2)]
    );
    app.finish().await;
}
