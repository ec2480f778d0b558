//! Conversations that people begin by themselves, beside those of platforms.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::App;
use tests::callback::Callback;
use tests::people::{Home, first_agent};

use super::{ask, error, well};

#[tokio::test]
async fn a_conversation_is_begun_named_and_ended() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    owner.pushed("echo", crate::guest("echo")).await;
    let agent = first_agent(app.database()).await;
    let all = format!("/api/projects/{}/conversations", home.project);
    let none = ask(&owner, Method::POST, &all, Some(json!({}))).await;
    assert!(error(&none, StatusCode::BAD_REQUEST).starts_with("agent_id"));
    let body = json!({ "agent_id": agent, "title": "Opening hours" });
    let made = well(&owner, Method::POST, &all, Some(body), StatusCode::CREATED).await;
    let conversation = &made["conversation"];
    assert_eq!(
        (
            &conversation["title"],
            &conversation["agent_id"],
            &conversation["project_id"]
        ),
        (&json!("Opening hours"), &json!(agent), &json!(home.project))
    );
    let one = format!("{all}/{}", conversation["id"].as_str().unwrap());
    let shown = well(&owner, Method::GET, &one, None, StatusCode::OK).await;
    assert_eq!(&shown["conversation"], conversation);
    let list = well(&owner, Method::GET, &all, None, StatusCode::OK).await;
    assert_eq!(list["conversations"], json!([conversation]));
    let body = Some(json!({ "title": "Closing hours" }));
    let changed = well(&owner, Method::PATCH, &one, body, StatusCode::OK).await;
    assert_eq!(changed["conversation"]["title"], "Closing hours");
    let body = Some(json!({ "title": null }));
    let changed = well(&owner, Method::PATCH, &one, body, StatusCode::OK).await;
    assert!(changed["conversation"]["title"].is_null());
    well(&owner, Method::DELETE, &one, None, StatusCode::NO_CONTENT).await;
    let list = well(&owner, Method::GET, &all, None, StatusCode::OK).await;
    assert_eq!(list, json!({ "conversations": [], "has_more": false }));
    error(
        &ask(&owner, Method::DELETE, &one, None).await,
        StatusCode::NOT_FOUND,
    );
    app.finish().await;
}

#[tokio::test]
async fn one_of_a_platform_is_read_and_left_to_it() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    owner.pushed("echo", crate::guest("echo")).await;
    let callback = Callback::start().await;
    let channel = owner.channel("echo", &callback.url()).await;
    channel.say("ada", "hello").await;
    let all = format!("/api/projects/{}/conversations", home.project);
    let list = well(&owner, Method::GET, &all, None, StatusCode::OK).await;
    let id = list["conversations"][0]["id"].as_str().unwrap();
    let one = format!("{all}/{id}");
    well(&owner, Method::GET, &one, None, StatusCode::OK).await;
    let title = Some(json!({ "title": "Mine" }));
    for (method, body) in [(Method::PATCH, title), (Method::DELETE, None)] {
        let answer = ask(&owner, method, &one, body).await;
        assert!(error(&answer, StatusCode::CONFLICT).contains("platform"));
    }
    // In another project there is no such conversation.
    let body = json!({ "name": "Second" });
    let made = well(
        &owner,
        Method::POST,
        "/api/projects",
        Some(body),
        StatusCode::CREATED,
    )
    .await;
    let second = made["project"]["id"].as_str().unwrap();
    let there = format!("/api/projects/{second}/conversations/{id}");
    error(
        &ask(&owner, Method::GET, &there, None).await,
        StatusCode::NOT_FOUND,
    );
    app.finish().await;
}
