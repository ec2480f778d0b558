//! Making, reading, changing and deleting projects.

use reqwest::{Method, StatusCode};
use serde_json::json;
use store::tokens::TokenKind;
use tests::App;
use tests::people::{Home, first_agent};

use super::{ask, error, well};

const ALL: &str = "/api/projects";

#[tokio::test]
async fn a_project_is_made_read_changed_and_deleted() {
    let app = App::start().await;
    let owner = app.owner();
    let body = json!({ "name": "Käse & Brot" });
    let made = well(&owner, Method::POST, ALL, Some(body), StatusCode::CREATED).await;
    let project = &made["project"];
    let id = project["id"].as_str().unwrap();
    assert_eq!(uuid::Uuid::parse_str(id).unwrap().to_string(), id);
    assert_eq!(project["name"], "Käse & Brot");
    assert!(project["primary_agent_id"].is_null());
    let slug = project["slug"].as_str().unwrap();
    let (one, by_slug) = (format!("{ALL}/{id}"), format!("{ALL}/{slug}"));
    for path in [&one, &by_slug] {
        let shown = well(&owner, Method::GET, path, None, StatusCode::OK).await;
        assert_eq!(&shown["project"], project);
    }
    let list = well(&owner, Method::GET, ALL, None, StatusCode::OK).await;
    assert_eq!(list["projects"].as_array().unwrap().len(), 2);
    let first = well(
        &owner,
        Method::GET,
        "/api/projects?limit=1",
        None,
        StatusCode::OK,
    )
    .await;
    assert_eq!(first["has_more"], true);
    let path = format!(
        "{ALL}?after={}",
        first["projects"][0]["id"].as_str().unwrap()
    );
    let rest = well(&owner, Method::GET, &path, None, StatusCode::OK).await;
    assert_eq!(rest, json!({ "projects": [project], "has_more": false }));

    let changes = json!({ "name": "Bread", "slug": "bread" });
    let changed = well(&owner, Method::PATCH, &one, Some(changes), StatusCode::OK).await;
    assert_eq!(
        (&changed["project"]["name"], &changed["project"]["slug"]),
        (&json!("Bread"), &json!("bread"))
    );
    let again = json!({ "name": "Other", "slug": "bread" });
    error(
        &ask(&owner, Method::POST, ALL, Some(again)).await,
        StatusCode::CONFLICT,
    );
    let gone = well(&owner, Method::DELETE, &one, None, StatusCode::NO_CONTENT).await;
    assert_eq!(gone, json!(""));
    error(
        &ask(&owner, Method::GET, &one, None).await,
        StatusCode::NOT_FOUND,
    );
    // The one that came with the account stays.
    let home = format!("{ALL}/{}", Home::of(&app).await.project);
    error(
        &ask(&owner, Method::DELETE, &home, None).await,
        StatusCode::CONFLICT,
    );
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_by_its_name() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let agent = uuid::Uuid::now_v7().to_string();
    let one = format!("{ALL}/{}", home.project);
    let wrong = [
        (Method::POST, ALL, json!({}), "name"),
        (Method::POST, ALL, json!({ "name": 1.5 }), "name"),
        (
            Method::POST,
            ALL,
            json!({ "name": "A", "slug": "No!" }),
            "slug",
        ),
        (Method::POST, ALL, json!(["A"]), "body"),
        (
            Method::PATCH,
            &one,
            json!({ "name": "x".repeat(101) }),
            "name",
        ),
        (
            Method::PATCH,
            &one,
            json!({ "primary_agent_id": "me" }),
            "primary_agent_id",
        ),
        (
            Method::PATCH,
            &one,
            json!({ "primary_agent_id": agent }),
            "primary_agent_id",
        ),
    ];
    for (method, path, body, field) in wrong {
        let answer = ask(&owner, method, path, Some(body.clone())).await;
        let told = error(&answer, StatusCode::BAD_REQUEST);
        assert!(told.starts_with(field), "{body}: {told}");
    }
    for query in ["limit=0", "limit=501", "limit=x", "after=me"] {
        let answer = ask(&owner, Method::GET, &format!("{ALL}?{query}"), None).await;
        let told = error(&answer, StatusCode::BAD_REQUEST);
        assert!(told.starts_with(query.split('=').next().unwrap()), "{told}");
    }
    app.finish().await;
}

#[tokio::test]
async fn each_route_asks_for_its_own_right() {
    let app = App::start().await;
    let home = Home::of(&app).await;
    app.owner().pushed("echo", crate::guest("echo")).await;
    let one = format!("{ALL}/{}", home.project);
    let agent = first_agent(app.database()).await;
    let viewer = home.member(&app, "viewer", "viewer").await;
    let stranger = home.person(&app, "stranger").await;
    let eve = Home::elsewhere(&app).await;
    let viewer = home
        .with_token(&app, TokenKind::Personal, &viewer, None)
        .await;
    let stranger = home
        .with_token(&app, TokenKind::Personal, &stranger, None)
        .await;
    let eve = eve
        .with_token(&app, TokenKind::Personal, &eve.owner, None)
        .await;
    let nobody = app.by("clt_nothing");
    let id = uuid::Uuid::now_v7();
    let reads = ["", "/members", "/humans", "/conversations"];
    let managed = [
        (Method::PATCH, String::new(), json!({ "name": "Mine" })),
        (Method::DELETE, String::new(), json!(null)),
        (
            Method::POST,
            "/members".to_owned(),
            json!({ "agent_id": agent }),
        ),
        (Method::DELETE, format!("/members/{agent}"), json!(null)),
        (
            Method::PATCH,
            format!("/humans/{}", home.owner),
            json!({ "role": "viewer" }),
        ),
        (
            Method::DELETE,
            format!("/humans/{}", home.owner),
            json!(null),
        ),
        (Method::GET, "/invites".to_owned(), json!(null)),
        (
            Method::POST,
            "/invites".to_owned(),
            json!({ "email": "a@example.org" }),
        ),
        (Method::GET, "/api-keys".to_owned(), json!(null)),
        (
            Method::POST,
            "/api-keys".to_owned(),
            json!({ "name": "key" }),
        ),
        (Method::GET, "/settings".to_owned(), json!(null)),
        (
            Method::PATCH,
            "/settings".to_owned(),
            json!({ "rate_limit_rpm": 1 }),
        ),
        (
            Method::POST,
            "/settings/webhook/rotate-secret".to_owned(),
            json!(null),
        ),
        (
            Method::POST,
            "/conversations".to_owned(),
            json!({ "agent_id": agent }),
        ),
    ];
    for path in reads {
        let path = format!("{one}{path}");
        well(&viewer, Method::GET, &path, None, StatusCode::OK).await;
        for other in [&stranger, &eve] {
            error(
                &ask(other, Method::GET, &path, None).await,
                StatusCode::NOT_FOUND,
            );
        }
        error(
            &ask(&nobody, Method::GET, &path, None).await,
            StatusCode::UNAUTHORIZED,
        );
    }
    for (method, path, body) in managed {
        let path = format!("{one}{path}");
        let body = (!body.is_null()).then_some(body);
        let answer = ask(&viewer, method.clone(), &path, body.clone()).await;
        assert_eq!(
            answer.0,
            StatusCode::FORBIDDEN,
            "{method} {path}: {}",
            answer.1
        );
        for other in [&stranger, &eve] {
            let answer = ask(other, method.clone(), &path, body.clone()).await;
            assert_eq!(
                answer.0,
                StatusCode::NOT_FOUND,
                "{method} {path}: {}",
                answer.1
            );
        }
        let answer = ask(&nobody, method.clone(), &path, body).await;
        assert_eq!(
            answer.0,
            StatusCode::UNAUTHORIZED,
            "{method} {path}: {}",
            answer.1
        );
    }
    for path in [
        format!("{one}/invites/{id}"),
        format!("{one}/api-keys/{id}"),
        format!("{one}/members/{id}"),
        format!("{one}/conversations/{id}"),
        format!("{one}/invites/none"),
    ] {
        error(
            &ask(&app.owner(), Method::DELETE, &path, None).await,
            StatusCode::NOT_FOUND,
        );
    }
    app.finish().await;
}
