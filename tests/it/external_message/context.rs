//! Which project, which chat and which path a session has: "How Project Context Is Resolved".

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Outside, add_agent, text};

#[tokio::test]
async fn the_only_project_is_selected_and_the_session_goes_on_in_it() {
    let outside = Outside::start().await;
    let first = outside.say("user-42", "hello").await;
    assert_eq!(first.reply(), "hello");
    let chat = first.chat().to_owned();
    assert_eq!(
        first.body,
        json!({
            "success": true,
            "sessionId": "user-42",
            "reply": "hello",
            "context": {
                "activeProjectId": "home",
                "activeProjectName": "Home",
                "activeChatId": chat,
                "currentPath": "",
            },
            "switchedProject": null,
            "createdProject": null,
        })
    );
    let again = outside.say("user-42", "hello again").await;
    assert_eq!(
        (again.reply(), again.chat()),
        ("hello again", chat.as_str())
    );
    let other = outside.say("user-43", "hello").await;
    assert_ne!(other.chat(), chat);
    assert_eq!(outside.count("SELECT count(*) FROM chats").await, 2);
    let channels = "SELECT count(*) FROM channels WHERE kind = 'external'";
    assert_eq!(outside.count(channels).await, 1);
    outside.app.finish().await;
}

#[tokio::test]
async fn a_project_that_is_asked_for_is_used_and_kept() {
    let outside = Outside::start().await;
    let (id, _) = outside.project("Back End", "counter").await;
    let uuid = uuid_of(&id);
    for (session, reference) in [
        ("a", json!({ "projectId": "back-end" })),
        ("b", json!({ "projectId": id })),
        ("c", json!({ "projectId": uuid })),
        ("d", json!({ "projectId": " back END " })),
        ("e", json!({ "projectName": "back end" })),
        (
            "f",
            json!({ "projectId": "none", "projectName": "Back End" }),
        ),
    ] {
        let mut body = json!({ "sessionId": session, "message": "hello" });
        body.as_object_mut()
            .unwrap()
            .extend(reference.as_object().unwrap().clone());
        let asked = outside.send(&body).await;
        assert_eq!(asked.project(), "back-end", "{reference}");
        assert!(asked.reply().starts_with("1 here"), "{:?}", asked.body);
        let kept = outside.say(session, "hello").await;
        assert_eq!((kept.project(), kept.chat()), ("back-end", asked.chat()));
        assert!(kept.reply().starts_with("2 here"), "{:?}", kept.body);
    }
    outside.app.finish().await;
}

#[tokio::test]
async fn which_of_several_projects_has_to_be_said() {
    let outside = Outside::start().await;
    outside.project("Backend", "echo").await;
    let unclear = outside.say("user-42", "hello").await;
    let told = unclear.declined(StatusCode::CONFLICT);
    assert!(told.contains("projectId"), "{told}");
    let available = json!([
        { "id": "home", "name": "Home" }, { "id": "backend", "name": "Backend" }
    ]);
    assert_eq!(unclear.body["availableProjects"], available);
    assert_eq!(outside.count("SELECT count(*) FROM messages").await, 0);
    assert_eq!(outside.count("SELECT count(*) FROM sessions").await, 0);

    let said = json!({ "sessionId": "user-42", "message": "hello", "projectId": "home" });
    assert_eq!(outside.send(&said).await.project(), "home");
    assert_eq!(outside.say("user-42", "hello").await.project(), "home");
    outside.app.finish().await;
}

#[tokio::test]
async fn a_project_that_is_gone_is_none() {
    let outside = Outside::start().await;
    let (id, _) = outside.project("Backend", "echo").await;
    let said = json!({ "sessionId": "s", "message": "hello", "projectId": "backend" });
    assert_eq!(outside.send(&said).await.project(), "backend");
    let gone = outside
        .app
        .owner()
        .graphql(
            "mutation($id: ID!) { deleteProject(id: $id) }",
            json!({ "id": id }),
        )
        .await;
    assert!(gone["errors"].is_null(), "{gone}");
    let next = outside.say("s", "hello").await;
    assert_eq!(next.project(), "home");
    outside.send(&said).await.declined(StatusCode::NOT_FOUND);
    outside.app.finish().await;
}

#[tokio::test]
async fn what_the_tokens_owner_may_not_see_is_not_there() {
    let outside = Outside::start().await;
    let database = outside.app.database();
    let home = tests::people::Home::of(&outside.app).await;
    let statement = format!(
        "INSERT INTO projects (organization_id, id, slug, name)
         VALUES ('{}', gen_random_uuid(), 'secret', 'Secret')",
        home.organization
    );
    database.rows(&statement, &[]).await;
    // Of two projects, the owner sees one: that is the only one there is.
    assert_eq!(outside.say("s", "hello").await.project(), "home");
    let said = json!({ "sessionId": "s", "message": "hello", "projectId": "secret" });
    let answer = outside.send(&said).await;
    assert_eq!(
        answer.declined(StatusCode::NOT_FOUND),
        "Project \"secret\" not found"
    );
    assert_eq!(
        answer.body["availableProjects"],
        json!([{ "id": "home", "name": "Home" }])
    );
    outside.app.finish().await;
}

#[tokio::test]
async fn a_chat_is_one_sessions_in_one_project() {
    let outside = Outside::start().await;
    outside.project("Backend", "echo").await;
    let say = async |session: &str, project: &str, chat: Option<&str>| {
        let body = json!({
            "sessionId": session, "message": "hello", "projectId": project, "chatId": chat
        });
        outside.send(&body).await
    };
    let home = say("s", "home", None).await;
    let backend = say("s", "backend", None).await;
    assert_ne!(home.chat(), backend.chat());

    // Back in the project, its chat goes on, also where it is asked for.
    assert_eq!(say("s", "home", None).await.chat(), home.chat());
    assert_eq!(
        say("s", "backend", Some(backend.chat())).await.chat(),
        backend.chat()
    );

    let elsewhere = say("s", "backend", Some(home.chat())).await;
    assert_eq!(
        elsewhere.declined(StatusCode::CONFLICT),
        "Provided chatId belongs to a different project context. Send matching chatId/projectId or omit chatId."
    );
    let of_another = say("t", "home", Some(home.chat())).await;
    let missing = format!("Chat \"{}\" not found", home.chat());
    assert_eq!(of_another.declined(StatusCode::NOT_FOUND), missing);
    let unknown = say("s", "home", Some("b86f")).await;
    assert_eq!(
        unknown.declined(StatusCode::NOT_FOUND),
        "Chat \"b86f\" not found"
    );

    // Both sides of a chat are in it.
    let query = "SELECT count(*) FROM messages WHERE chat_id::text = $1";
    let rows = outside.app.database().rows(query, &[&home.chat()]).await;
    assert_eq!(rows[0].get::<_, i64>(0), 4);
    let without = "SELECT count(*) FROM messages WHERE chat_id IS NULL";
    assert_eq!(outside.count(without).await, 0);
    outside.app.finish().await;
}

#[tokio::test]
async fn a_path_is_kept_in_its_project() {
    let outside = Outside::start().await;
    outside.project("Backend", "echo").await;
    let say = async |fields: Value| {
        let mut body = json!({ "sessionId": "s", "message": "hello" });
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let answer = outside.send(&body).await;
        answer.context("currentPath").to_owned()
    };
    let there = json!({ "projectId": "home", "currentPath": "./src//main/" });
    assert_eq!(say(there).await, "src/main");
    assert_eq!(say(json!({})).await, "src/main");
    assert_eq!(say(json!({ "currentPath": "docs" })).await, "docs");
    assert_eq!(say(json!({ "projectId": "backend" })).await, "");
    assert_eq!(say(json!({ "currentPath": "lib" })).await, "lib");
    assert_eq!(say(json!({ "currentPath": "" })).await, "");
    outside.app.finish().await;
}

#[tokio::test]
async fn the_agent_is_told_where_the_session_is_and_what_came_along() {
    let outside = Outside::start().await;
    let said = json!({
        "sessionId": "s", "message": "hello", "currentPath": "src", "publicMode": true,
        "runtimeData": { "user": 7 }, "toolRuntimeData": { "key": "value" }
    });
    let answer = outside.send(&said).await;
    let query = "SELECT (content -> 'metadata')::text FROM messages WHERE direction = 'inbound'";
    let metadata: String = outside.app.database().rows(query, &[]).await[0].get(0);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    assert_eq!(
        metadata,
        json!([
            ["project_id", "home"],
            ["project_name", "Home"],
            ["chat_id", answer.chat()],
            ["current_path", "src"],
            ["public_mode", "true"],
            ["runtime_data", "{\"user\":7}"],
            ["tool_runtime_data", "{\"key\":\"value\"}"],
        ])
    );
    outside.app.finish().await;
}

#[tokio::test]
async fn the_primary_agent_of_the_project_answers() {
    let outside = Outside::start().await;
    let owner = outside.app.owner();
    // Pushed later than the built-in echo: the oldest that runs answers.
    owner.pushed("template", crate::guest("counter")).await;
    assert_eq!(outside.say("s", "hello").await.reply(), "hello");
    let home = owner
        .graphql("{ project(slug: \"home\") { id } }", json!({}))
        .await;
    let home = text(&home, "/data/project/id");
    let counter = add_agent(&outside.app, &home, "second").await;

    let choose = async |agent: Value| {
        let answer = owner
            .graphql(
                "mutation($id: ID!, $agent: ID) {
                    updateProject(input: { id: $id, primaryAgentId: $agent }) { primaryAgentId }
                }",
                json!({ "id": home, "agent": agent }),
            )
            .await;
        answer["data"]["updateProject"]["primaryAgentId"].clone()
    };
    assert_eq!(choose(json!(counter)).await, json!(counter));
    let counted = outside.say("s", "hello").await;
    assert!(counted.reply().starts_with("1 here"), "{:?}", counted.body);
    assert_eq!(choose(Value::Null).await, Value::Null);
    assert_eq!(outside.say("s", "hello").await.reply(), "hello");

    let (_, elsewhere) = outside.project("Backend", "echo").await;
    assert_eq!(choose(json!(elsewhere)).await, Value::Null);
    outside.app.finish().await;
}

/// `prj_` and 32 digits as a UUID with hyphens.
fn uuid_of(id: &str) -> String {
    let digits = id.strip_prefix("prj_").unwrap();
    let part = |from: usize, to: usize| &digits[from..to];
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}
