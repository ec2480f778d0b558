//! Who may open a page, and for how long.

use reqwest::StatusCode;
use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::people::{Home, first_agent};
use tests::visitor::Stream;

use super::{asking, prompt, prompted, watch};

#[tokio::test]
async fn members_watch_those_who_may_write_prompt_and_no_one_else_sees_anything() {
    let app = App::start().await;
    let home = Home::of(&app).await;
    let agent = first_agent(app.database()).await;
    let mut people = Vec::new();
    for role in ["viewer", "member", "admin", "owner"] {
        let user = home.member(&app, role, role).await;
        people.push(
            home.with_token(&app, TokenKind::Personal, &user, None)
                .await,
        );
    }
    let stranger = home.person(&app, "stranger").await;
    let stranger = home
        .with_token(&app, TokenKind::Personal, &stranger, None)
        .await;
    let key = home
        .with_token(&app, TokenKind::Project, &home.project, Some("admin"))
        .await;
    let agents = home.with_token(&app, TokenKind::Agent, &agent, None).await;
    let elsewhere = Home::elsewhere(&app).await;
    let eve = elsewhere
        .with_token(&app, TokenKind::Personal, &elsewhere.owner, None)
        .await;

    for (who, watched, wrote) in [
        (&people[0], 200, 403),
        (&people[1], 200, 202),
        (&people[2], 200, 202),
        (&people[3], 200, 202),
        (&app.owner(), 200, 202),
        (&stranger, 404, 404),
        (&eve, 404, 404),
        (&key, 403, 403),
        (&agents, 403, 403),
        (&app.by("clt_unknown"), 401, 401),
    ] {
        let answer = asking(who, &agent, "", None).send().await.unwrap();
        assert_eq!(answer.status(), watched);
        let (status, answer) = prompt(who, &agent, "1", "hello").await;
        assert_eq!(status, wrote, "{answer}");
        let page = who.request(reqwest::Method::GET, &format!("/agents/{agent}/live"));
        assert_eq!(page.send().await.unwrap().status(), watched);
    }
    app.finish().await;
}

#[tokio::test]
async fn another_ones_conversation_is_for_those_who_may_read_it_and_not_to_be_spoken_in() {
    let app = App::start().await;
    let home = Home::of(&app).await;
    let agent = first_agent(app.database()).await;
    let owners = prompted(&app.owner(), &agent, "1", "mine").await;
    let member = home.member(&app, "member", "member").await;
    let member = home
        .with_token(&app, TokenKind::Personal, &member, None)
        .await;
    let stranger = home.person(&app, "stranger").await;
    let stranger = home
        .with_token(&app, TokenKind::Personal, &stranger, None)
        .await;

    let query = format!("?conversation={owners}");
    let mut stream = Stream::of(asking(&member, &agent, &query, None).send().await.unwrap());
    let first = stream.next().await.unwrap();
    assert_eq!(first.data["mayPrompt"], json!(false));
    assert_eq!(first.data["conversationId"], json!(owners));
    let path = format!("/api/agents/{agent}/live/prompts{query}");
    let body = Some(json!({ "messageId": "1", "text": "as someone else" }));
    let (status, _) = member
        .send(reqwest::Method::POST, &path, body.clone())
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = stranger.send(reqwest::Method::POST, &path, body).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let answer = asking(&stranger, &agent, &query, None)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);

    // A conversation that another agent answers is none of this one's.
    app.owner().pushed("other", crate::guest("echo")).await;
    let other = "SELECT id::text FROM agents WHERE name = 'other'";
    let other: String = app.database().rows(other, &[]).await[0].get(0);
    let answer = asking(&member, &other, "", None).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let answer = asking(&member, &other, &query, None).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn whoever_loses_the_right_sees_no_more() {
    let app = App::start().await;
    let home = Home::of(&app).await;
    let agent = first_agent(app.database()).await;
    let user = home.member(&app, "member", "member").await;
    let member = home
        .with_token(&app, TokenKind::Personal, &user, None)
        .await;
    let mut stream = watch(&member, &agent, None).await;
    let remove = "mutation($project: ID!, $user: ID!) { removeMember(projectId: $project, userId: $user) { role } }";
    let variables = json!({ "project": home.project, "user": user });
    let answer = app.owner().graphql(remove, variables).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    let over = super::shown(&mut stream).await;
    assert_eq!(
        (over.name.as_str(), &over.data["code"]),
        ("over", &json!("forbidden"))
    );
    assert!(stream.next().await.is_none());
    app.finish().await;
}
