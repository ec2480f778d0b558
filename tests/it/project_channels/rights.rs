//! Owners alone, signed in as people.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::people::{Home, first_agent, first_channel};

use super::{error, with_telegram};

#[tokio::test]
async fn every_route_is_for_owners_who_are_signed_in() {
    let (app, _telegram, all) = with_telegram().await;
    let home = Home::of(&app).await;
    let database = app.database();
    let channel = first_channel(database, "webhook").await;
    let one = format!("{all}/{channel}");
    let routes = [
        (Method::GET, all.clone()),
        (Method::POST, all.clone()),
        (Method::GET, one.clone()),
        (Method::PATCH, one.clone()),
        (Method::DELETE, one.clone()),
        (Method::POST, format!("{one}/wechat/qr")),
        (Method::GET, format!("{one}/wechat/qr.svg")),
        (Method::GET, format!("{one}/wechat/qr.png")),
        (Method::POST, format!("{one}/wechat/code")),
        (Method::GET, format!("{one}/wechat/status")),
        (Method::DELETE, format!("{one}/wechat")),
        (Method::GET, format!("{one}/messages")),
    ];
    let admin = home.member(&app, "admin", "admin").await;
    let viewer = home.member(&app, "viewer", "viewer").await;
    let stranger = home.person(&app, "stranger").await;
    let eve = Home::elsewhere(&app).await;
    let (agent, web) = (
        first_agent(database).await,
        first_channel(database, "web").await,
    );
    let personal = TokenKind::Personal;
    let callers = [
        (
            home.with_token(&app, personal, &admin, None).await,
            StatusCode::FORBIDDEN,
        ),
        (
            home.with_token(&app, personal, &viewer, None).await,
            StatusCode::FORBIDDEN,
        ),
        (
            home.with_token(&app, TokenKind::Project, &home.project, Some("admin"))
                .await,
            StatusCode::FORBIDDEN,
        ),
        (
            home.with_token(&app, TokenKind::Agent, &agent, None).await,
            StatusCode::FORBIDDEN,
        ),
        (
            home.with_token(&app, TokenKind::Channel, &web, None).await,
            StatusCode::FORBIDDEN,
        ),
        (
            home.with_token(&app, personal, &stranger, None).await,
            StatusCode::NOT_FOUND,
        ),
        (
            home.with_token(&app, TokenKind::External, &home.organization, None)
                .await,
            StatusCode::NOT_FOUND,
        ),
        (
            eve.with_token(&app, personal, &eve.owner, None).await,
            StatusCode::NOT_FOUND,
        ),
        (app.by("clt_unknown"), StatusCode::UNAUTHORIZED),
    ];
    for (method, path) in &routes {
        for (caller, status) in &callers {
            let answer = caller.send(method.clone(), path, Some(json!({}))).await;
            assert_eq!(answer.0, *status, "{method} {path}: {}", answer.1);
            error(&answer, *status);
        }
    }
    // The other owners' sessions count as well.
    let other = home.member(&app, "other", "owner").await;
    let other = home.with_token(&app, personal, &other, None).await;
    assert_eq!(other.send(Method::GET, &one, None).await.0, StatusCode::OK);
    app.finish().await;
}

#[tokio::test]
async fn an_owner_signs_in_and_shows_the_token_that_they_got() {
    let app = App::build()
        .set("CLOISTER_ADMIN_EMAIL", "ada@example.org")
        .set("CLOISTER_ADMIN_PASSWORD", "correct horse battery")
        .start()
        .await;
    let body = json!({ "email": "ada@example.org", "password": "correct horse battery" });
    let login = app
        .http()
        .post(app.url("/api/auth/login"))
        .json(&body)
        .send();
    let login: Value = login.await.unwrap().json().await.unwrap();
    let token = login["token"].as_str().unwrap();
    assert!(token.starts_with("eyJ"), "{token}");
    let home = Home::of(&app).await;
    let all = format!("/api/projects/{}/channels", home.project);
    let (status, list) = app.by(token).send(Method::GET, &all, None).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    assert!(!list["channels"].as_array().unwrap().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_channel_is_found_in_its_own_project_alone() {
    let (app, _telegram, all) = with_telegram().await;
    let made = app
        .owner()
        .graphql(
            "mutation { createProject(input: { name: \"Other\" }) { id } }",
            json!({}),
        )
        .await;
    let other = made["data"]["createProject"]["id"].as_str().unwrap();
    let channel = first_channel(app.database(), "web").await;
    let here = app
        .owner()
        .send(Method::GET, &format!("{all}/{channel}"), None)
        .await;
    assert_eq!(here.0, StatusCode::OK, "{}", here.1);
    for wrong in [
        format!("/api/projects/{other}/channels/{channel}"),
        format!("{all}/{}", uuid::Uuid::now_v7()),
        format!("{all}/no-id"),
        format!("/api/projects/{}/channels/{channel}", uuid::Uuid::now_v7()),
    ] {
        let answer = app.owner().send(Method::GET, &wrong, None).await;
        error(&answer, StatusCode::NOT_FOUND);
    }
    app.finish().await;
}
