//! What is declined, in which words, and that nothing is stored of it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{MESSAGE, Outside, read};

const BAD: StatusCode = StatusCode::BAD_REQUEST;

#[tokio::test]
async fn what_is_wrong_is_told_and_nothing_is_stored() {
    let outside = Outside::start().await;
    let with = |fields: Value| {
        let mut body = json!({ "sessionId": "s", "message": "hello" });
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        body
    };
    let (long, longest) = ("x".repeat(129), "x".repeat(64 * 1_024 + 1));
    for (body, told) in [
        (json!({ "sessionId": "s" }), "Message is required"),
        (json!({ "message": "" }), "Message is required"),
        (json!({ "message": " \n" }), "Message is required"),
        (json!({ "message": null }), "Message is required"),
        (json!({ "message": ["x"] }), "message: must be a string"),
        (
            json!({ "message": longest }),
            "message: has more than 65536",
        ),
        (
            json!({ "message": "a\0b", "sessionId": "s" }),
            "message: must not contain",
        ),
        (json!({ "message": "x" }), "sessionId is required"),
        (with(json!({ "sessionId": "" })), "sessionId is required"),
        (
            with(json!({ "sessionId": {} })),
            "sessionId: must be a string",
        ),
        (
            with(json!({ "sessionId": "a b" })),
            "sessionId: must be 1 to 128",
        ),
        (
            with(json!({ "sessionId": "a/b" })),
            "sessionId: must be 1 to 128",
        ),
        (
            with(json!({ "sessionId": "é" })),
            "sessionId: must be 1 to 128",
        ),
        (
            with(json!({ "sessionId": long })),
            "sessionId: must be 1 to 128",
        ),
        (
            with(json!({ "projectId": ["home"] })),
            "projectId: must be a string",
        ),
        (
            with(json!({ "projectName": true })),
            "projectName: must be a string",
        ),
        (with(json!({ "chatId": {} })), "chatId: must be a string"),
        (
            with(json!({ "messageId": [] })),
            "messageId: must be a string",
        ),
        (
            with(json!({ "messageId": "m".repeat(257) })),
            "messageId: has more than 256",
        ),
        (
            with(json!({ "publicMode": "yes" })),
            "publicMode: must be true or false",
        ),
        (
            with(json!({ "runtimeData": [] })),
            "runtimeData: must be an object",
        ),
        (
            with(json!({ "toolRuntimeData": "x" })),
            "toolRuntimeData: must be an object",
        ),
        (
            with(json!({ "currentPath": 7 })),
            "currentPath: must be a string",
        ),
        (
            with(json!({ "currentPath": "/etc" })),
            "currentPath: must be relative",
        ),
        (
            with(json!({ "currentPath": "a/../.." })),
            "currentPath: must not contain `..`",
        ),
        (json!(["s", "hello"]), "body: must be a JSON object"),
        (json!("hello"), "body: must be a JSON object"),
    ] {
        let answer = outside.send(&body).await;
        let error = answer.declined(BAD);
        assert!(error.starts_with(told), "{told}: {error}");
        assert_eq!(answer.body.as_object().unwrap().len(), 1, "{}", answer.body);
    }
    for (body, status, told) in [
        ("{\"sessionId\": \"s\", ", BAD, "body: is not JSON"),
        ("", BAD, "body: is not JSON"),
        ("\0", BAD, "body: is not JSON"),
        (&"[".repeat(1_000), BAD, "body: is not JSON"),
        (
            &" ".repeat(300 * 1_024),
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is larger than",
        ),
    ] {
        let request = outside.app.http().post(outside.app.url(MESSAGE));
        let request = request.bearer_auth(&outside.token);
        let request = request.header("Content-Type", "application/json");
        let answer = read(request.body(body.to_owned()).send().await.unwrap()).await;
        let answer = answer.unwrap();
        let error = answer.declined(status);
        assert!(error.starts_with(told), "{told}: {error}");
    }
    nothing_is_stored(&outside).await;
    outside.app.finish().await;
}

#[tokio::test]
async fn a_project_that_is_not_there_or_not_clear_is_told_with_those_that_are() {
    let outside = Outside::start().await;
    for name in ["Twin", "Twin"] {
        let made = outside
            .app
            .owner()
            .graphql(
                "mutation($name: String!) { createProject(input: { name: $name }) { slug } }",
                json!({ "name": name }),
            )
            .await;
        assert!(made["errors"].is_null(), "{made}");
    }
    let available = json!([
        { "id": "home", "name": "Home" }, { "id": "twin", "name": "Twin" }, { "id": "twin-2", "name": "Twin" }
    ]);
    let ask = async |fields: Value| {
        let mut body = json!({ "sessionId": "s", "message": "hello" });
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        outside.send(&body).await
    };
    let none = ask(json!({ "projectId": "nowhere" })).await;
    let told = none.declined(StatusCode::NOT_FOUND);
    assert_eq!(told, "Project \"nowhere\" not found");
    assert_eq!(none.body["availableProjects"], available);
    let unclear = ask(json!({ "projectName": " TWIN " })).await;
    let told = unclear.declined(StatusCode::CONFLICT);
    assert_eq!(
        told,
        "Project name \"TWIN\" is ambiguous. Use projectId instead."
    );
    assert_eq!(unclear.body["availableProjects"], available);

    // The project comes before the chat, and both before who could answer.
    let both = ask(json!({ "projectId": "nowhere", "chatId": "b86f" })).await;
    both.declined(StatusCode::NOT_FOUND);
    assert!(both.body["error"].as_str().unwrap().starts_with("Project"));
    let chat = ask(json!({ "projectId": "twin", "chatId": "b86f" })).await;
    let told = chat.declined(StatusCode::NOT_FOUND);
    assert_eq!(told, "Chat \"b86f\" not found");
    let gone = outside
        .app
        .owner()
        .graphql("mutation { deleteAgent(id: \"echo\") { id } }", json!({}))
        .await;
    assert!(gone["errors"].is_null(), "{gone}");
    let no_one = ask(json!({ "projectId": "twin" })).await;
    let told = no_one.declined(StatusCode::CONFLICT);
    assert!(told.contains("has no agent"), "{told}");
    nothing_is_stored(&outside).await;
    outside.app.finish().await;
}

async fn nothing_is_stored(outside: &Outside) {
    for table in [
        "messages",
        "conversations",
        "sessions",
        "chats",
        "contacts",
        "turns",
        "inbound_events",
    ] {
        let count = outside
            .count(&format!("SELECT count(*) FROM {table}"))
            .await;
        assert_eq!(count, 0, "{table}");
    }
}
