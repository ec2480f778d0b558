//! What agents say later in a session: in the chat in which they were asked for it, whichever the session is in by then.

use serde_json::json;
use tests::wait::{LONG, wait_for};

use super::Outside;

#[tokio::test]
async fn a_reminder_comes_in_the_chat_in_which_it_was_asked_for() {
    let outside = Outside::start().await;
    outside.project("Backend", "counter").await;
    let say = async |project: &str, text: &str| {
        let body = json!({ "sessionId": "s", "message": text, "projectId": project });
        outside.send(&body).await
    };
    let asked = say("backend", "remind me in 1 second to stretch").await;
    assert_eq!(asked.reply(), "I will remind you in 1 s.");
    let elsewhere = say("home", "hello").await;
    assert_ne!(elsewhere.chat(), asked.chat());
    let query = "SELECT chat_id::text FROM messages WHERE text = '⏰ stretch'";
    let chat = wait_for(LONG, "the reminder", async || {
        let rows = outside.app.database().rows(query, &[]).await;
        rows.first().map(|row| row.get::<_, Option<String>>(0))
    })
    .await;
    assert_eq!(chat.as_deref(), Some(asked.chat()));
    outside.app.finish().await;
}

#[tokio::test]
async fn an_agent_that_a_session_chose_speaks_first_in_it_and_in_no_other() {
    let outside = Outside::start().await;
    outside.project("Backend", "counter").await;
    let say = async |session: &str, project: &str, text: &str| {
        let body = json!({ "sessionId": session, "message": text, "projectId": project });
        outside.send(&body).await
    };
    let here = say("s", "backend", "hello").await;
    say("t", "home", "hello").await;
    let conversation = async |session: &str| -> String {
        let query = "SELECT id::text FROM conversations WHERE platform_chat_id = $1";
        outside.app.database().rows(query, &[&session]).await[0].get(0)
    };
    let own = conversation("s").await;
    let told = say("s", "backend", &format!("tell {own} good morning")).await;
    assert!(told.reply().starts_with("good morning"), "{:?}", told.body);
    assert!(told.reply().ends_with("Told."), "{:?}", told.body);
    let query = "SELECT chat_id::text FROM messages WHERE text = 'good morning'";
    let chat: String = outside.app.database().rows(query, &[]).await[0].get(0);
    assert_eq!(chat, here.chat());

    let other = conversation("t").await;
    let refused = say("s", "backend", &format!("tell {other} good morning")).await;
    assert!(refused.reply().starts_with("Sorry"), "{:?}", refused.body);
    outside.app.finish().await;
}

#[tokio::test]
async fn the_control_plane_shows_where_a_session_is_and_its_chats() {
    let outside = Outside::start().await;
    outside.project("Backend", "echo").await;
    let say = async |project: &str, text: &str| {
        let body = json!({ "sessionId": "s", "message": text, "projectId": project, "currentPath": "src" });
        outside.send(&body).await
    };
    say("home", "at home").await;
    let there = say("backend", "hello there").await;
    let query =
        "{ channels: project(slug: \"home\") { channels(first: 9) { nodes { kind conversations(first: 2) { nodes {
        session { project { slug } chat { id title } currentPath }
        chats(first: 5) { nodes { id title project { slug } messages(first: 5) { nodes { text chat { title } } } } }
    } } } } } }";
    let answer = outside.app.owner().graphql(query, json!({})).await;
    assert!(answer["errors"].is_null(), "{answer}");
    let channels = answer["data"]["channels"]["channels"]["nodes"]
        .as_array()
        .unwrap();
    let external = channels
        .iter()
        .find(|channel| channel["kind"] == "external")
        .unwrap();
    let conversation = &external["conversations"]["nodes"][0];
    let chat = format!("cht_{}", there.chat().replace('-', ""));
    assert_eq!(
        conversation["session"],
        json!({
            "project": { "slug": "backend" }, "currentPath": "src",
            "chat": { "id": chat, "title": "hello there" }
        })
    );
    let chats = conversation["chats"]["nodes"].as_array().unwrap();
    let shown: Vec<_> = chats
        .iter()
        .map(|chat| {
            (
                &chat["title"],
                &chat["project"]["slug"],
                chat["messages"]["nodes"].as_array().unwrap().len(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (&json!("hello there"), &json!("backend"), 2),
            (&json!("at home"), &json!("home"), 2)
        ]
    );
    assert_eq!(
        chats[0]["messages"]["nodes"][0],
        json!({ "text": "hello there", "chat": { "title": "hello there" } })
    );
    let node = "query($id: ID!) { node(id: $id) { ... on Chat { title conversation { id } } } }";
    let found = outside
        .app
        .owner()
        .graphql(node, json!({ "id": chat }))
        .await;
    assert_eq!(found["data"]["node"]["title"], "hello there");
    outside.app.finish().await;
}

#[tokio::test]
async fn a_chat_remembers_what_was_said_in_it_alone() {
    let outside = Outside::start().await;
    outside.project("Backend", "counter").await;
    let say = async |chat: Option<&str>| {
        let body =
            json!({ "sessionId": "s", "message": "hello", "projectId": "backend", "chatId": chat });
        outside.send(&body).await
    };
    let first = say(None).await;
    assert!(first.reply().starts_with("1 here"), "{:?}", first.body);
    let second = say(Some(first.chat())).await;
    assert!(second.reply().starts_with("2 here"), "{:?}", second.body);
    let elsewhere = outside
        .send(&json!({ "sessionId": "t", "message": "hello", "projectId": "backend" }))
        .await;
    assert!(
        elsewhere.reply().starts_with("1 here, 3 in all"),
        "{:?}",
        elsewhere.body
    );
    outside.app.finish().await;
}
