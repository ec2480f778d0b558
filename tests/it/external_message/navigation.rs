//! "Project Navigation via Natural Language": the document's own examples, and that what they did is what comes next.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::Outside;

#[tokio::test]
async fn the_documents_examples_move_the_session() {
    let outside = Outside::start().await;
    outside.project("Backend", "counter").await;

    let asked = outside.say("user-42", "what projects are available?").await;
    for name in ["Home", "Backend"] {
        assert!(asked.reply().contains(name), "{name}: {}", asked.reply());
    }
    let nowhere = json!({
        "activeProjectId": null, "activeProjectName": null, "activeChatId": null, "currentPath": ""
    });
    assert_eq!(asked.body["context"], nowhere);
    assert_eq!(asked.body["switchedProject"], Value::Null);

    let switched = outside
        .say("user-42", "switch to the backend project")
        .await;
    assert!(switched.reply().contains("Backend"), "{}", switched.reply());
    assert_eq!(switched.project(), "backend");
    assert_eq!(
        switched.body["switchedProject"],
        json!({ "toProjectId": "backend", "toProjectName": "Backend" })
    );
    assert_eq!(switched.body["createdProject"], Value::Null);

    // The next message is that project's agent's, in the chat that was told.
    let hello = outside.say("user-42", "hello").await;
    assert!(hello.reply().starts_with("1 here"), "{}", hello.reply());
    assert_eq!(
        (hello.project(), hello.chat()),
        ("backend", switched.chat())
    );
    assert_eq!(hello.body["switchedProject"], Value::Null);

    let created = outside
        .say("user-42", "create a new project named crm-support")
        .await;
    assert_eq!(
        created.body["createdProject"],
        json!({ "id": "crm-support", "name": "crm-support" })
    );
    assert_eq!(created.project(), "crm-support");
    let current = outside.say("user-42", "which project am I in?").await;
    assert!(
        current.reply().contains("crm-support"),
        "{}",
        current.reply()
    );
    assert_eq!(
        (current.project(), current.chat()),
        ("crm-support", created.chat())
    );
    // It has no agent yet: the one of the project where the sessions live answers.
    let hello = outside.say("user-42", "hello").await;
    assert_eq!((hello.reply(), hello.project()), ("hello", "crm-support"));

    let made = "SELECT count(*) FROM audit WHERE action = 'createProject' AND outcome = 'done'
        AND way = 'external_token' AND user_id IS NOT NULL";
    assert_eq!(outside.count(made).await, 1);
    let owned = "SELECT count(*) FROM members m JOIN projects p ON p.id = m.project_id
        WHERE p.slug = 'crm-support' AND m.role = 'owner'";
    assert_eq!(outside.count(owned).await, 1);
    outside.app.finish().await;
}

#[tokio::test]
async fn a_retry_makes_no_second_project_and_neither_does_the_same_name() {
    let outside = Outside::start().await;
    let make = |id: &str| {
        json!({
            "sessionId": "s", "message": "create a new project named crm-support", "messageId": id
        })
    };
    let first = outside.send(&make("m-1")).await;
    assert_eq!(first.body["createdProject"]["id"], "crm-support");
    let again = outside.send(&make("m-1")).await;
    assert_eq!(again.body, first.body);
    let taken = outside.send(&make("m-2")).await;
    assert!(taken.reply().contains("already"), "{}", taken.reply());
    assert_eq!(taken.body["createdProject"], Value::Null);
    let projects = "SELECT count(*) FROM projects WHERE slug LIKE 'crm-support%'";
    assert_eq!(outside.count(projects).await, 1);
    outside.app.finish().await;
}

#[tokio::test]
async fn projects_made_at_once_from_many_sessions_are_each_their_own() {
    let outside = Outside::start().await;
    let sessions: Vec<String> = (0..8).map(|number| format!("s-{number}")).collect();
    let answers = join_all(sessions.iter().map(async |session| {
        let text = format!("create a new project named of-{session}");
        outside.say(session, &text).await
    }))
    .await;
    for (session, answer) in sessions.iter().zip(&answers) {
        assert_eq!(answer.project(), format!("of-{session}"));
    }
    let projects = "SELECT count(*) FROM projects WHERE slug LIKE 'of-%'";
    assert_eq!(outside.count(projects).await, 8);
    outside.app.finish().await;
}

#[tokio::test]
async fn what_is_not_about_projects_is_the_agents() {
    let outside = Outside::start().await;
    for text in [
        "hello, how do I switch a light?",
        "create a project plan for my garden",
        "list the projects my boss mentioned yesterday and explain",
    ] {
        assert_eq!(outside.say("s", text).await.reply(), text);
    }
    outside.app.finish().await;
}

#[tokio::test]
async fn while_people_hold_a_session_they_hear_everything() {
    let outside = Outside::start().await;
    outside.project("Backend", "echo").await;
    let said = json!({ "sessionId": "s", "message": "hello", "projectId": "home" });
    outside.send(&said).await.reply();
    let query = "SELECT id::text FROM conversations";
    let conversation: String = outside.app.database().rows(query, &[]).await[0].get(0);
    let held = outside
        .app
        .owner()
        .graphql(
            "mutation($id: ID!) { takeOverConversation(id: $id) { id } }",
            json!({ "id": conversation }),
        )
        .await;
    assert!(held["errors"].is_null(), "{held}");
    let heard = outside.say("s", "switch to the backend project").await;
    assert_eq!((heard.reply(), heard.project()), ("", "home"));
    let moved = json!({ "sessionId": "s", "message": "hello", "projectId": "backend" });
    let moved = outside.send(&moved).await;
    assert_eq!((moved.reply(), moved.project()), ("", "backend"));
    outside.app.finish().await;
}
