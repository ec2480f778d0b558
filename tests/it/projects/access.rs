//! People, invites and keys.

use reqwest::{Method, StatusCode};
use serde_json::json;
use store::tokens::TokenKind;
use tests::App;
use tests::people::{Home, first_agent};

use super::{ask, error, well};

#[tokio::test]
async fn people_come_by_invites_change_and_go() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let one = format!("/api/projects/{}", home.project);
    let invites = format!("{one}/invites");
    let body = json!({ "email": "ada@example.org", "role": "admin", "expires_in_hours": 2 });
    let made = well(
        &owner,
        Method::POST,
        &invites,
        Some(body),
        StatusCode::CREATED,
    )
    .await;
    assert_eq!(
        (
            &made["invite"]["email"],
            &made["invite"]["role"],
            &made["invite"]["status"]
        ),
        (&json!("ada@example.org"), &json!("admin"), &json!("open"))
    );
    let token = made["token"].as_str().unwrap();
    assert!(made["link"].as_str().unwrap().ends_with(token));
    let list = well(&owner, Method::GET, &invites, None, StatusCode::OK).await;
    assert!(!list.to_string().contains(token), "{list}");
    assert_eq!(list["invites"][0]["id"], made["invite"]["id"]);

    let person = json!({ "invite": token, "email": "ada@example.org", "password": "a long password", "name": "Ada" });
    let joined = app.http().post(app.url("/api/auth/register")).json(&person);
    assert_eq!(joined.send().await.unwrap().status(), StatusCode::CREATED);
    let humans = format!("{one}/humans");
    let list = well(&owner, Method::GET, &humans, None, StatusCode::OK).await;
    let people = list["humans"].as_array().unwrap();
    assert_eq!(people.len(), 2, "{list}");
    let ada = people.iter().find(|one| one["name"] == "Ada").unwrap();
    assert_eq!(
        (&ada["email"], &ada["role"]),
        (&json!("ada@example.org"), &json!("admin"))
    );
    let used = well(&owner, Method::GET, &invites, None, StatusCode::OK).await;
    assert_eq!(used["invites"][0]["status"], "accepted");

    let her = format!("{humans}/{}", ada["user_id"].as_str().unwrap());
    let role = |role: &str| Some(json!({ "role": role }));
    let wrong = ask(&owner, Method::PATCH, &her, role("king")).await;
    assert!(error(&wrong, StatusCode::BAD_REQUEST).starts_with("role"));
    let changed = well(&owner, Method::PATCH, &her, role("viewer"), StatusCode::OK).await;
    assert_eq!(changed["human"]["role"], "viewer");
    well(&owner, Method::DELETE, &her, None, StatusCode::NO_CONTENT).await;
    error(
        &ask(&owner, Method::DELETE, &her, None).await,
        StatusCode::NOT_FOUND,
    );
    // There is always an owner.
    let own = format!("{humans}/{}", home.owner);
    error(
        &ask(&owner, Method::DELETE, &own, None).await,
        StatusCode::CONFLICT,
    );

    let body = json!({ "email": "ben@example.org" });
    let made = well(
        &owner,
        Method::POST,
        &invites,
        Some(body),
        StatusCode::CREATED,
    )
    .await;
    assert_eq!(made["invite"]["role"], "member");
    let invite = format!("{invites}/{}", made["invite"]["id"].as_str().unwrap());
    well(
        &owner,
        Method::DELETE,
        &invite,
        None,
        StatusCode::NO_CONTENT,
    )
    .await;
    error(
        &ask(&owner, Method::DELETE, &invite, None).await,
        StatusCode::CONFLICT,
    );
    app.finish().await;
}

#[tokio::test]
async fn keys_are_shown_once_and_end_at_once() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    owner.pushed("echo", crate::guest("echo")).await;
    let agent = first_agent(app.database()).await;
    let one = format!("/api/projects/{}", home.project);
    let keys = format!("{one}/api-keys");
    let body = json!({ "name": "deploys", "role": "admin", "expires_in_days": 30 });
    let made = well(&owner, Method::POST, &keys, Some(body), StatusCode::CREATED).await;
    let (key, id) = (
        made["key"].as_str().unwrap(),
        made["api_key"]["id"].as_str().unwrap(),
    );
    assert!(key.starts_with("jg_p_"));
    let body = json!({ "name": "the agent's", "agent_id": agent });
    let other = well(&owner, Method::POST, &keys, Some(body), StatusCode::CREATED).await;
    let digits = other["key"]
        .as_str()
        .unwrap()
        .strip_prefix("jg_a_")
        .unwrap();
    assert!(digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));

    let program = app.by(key);
    well(&program, Method::GET, &one, None, StatusCode::OK).await;
    // Keys, people and accounts are for people.
    for path in ["/api-keys", "/channels", "/invites"] {
        let answer = ask(&program, Method::GET, &format!("{one}{path}"), None).await;
        error(&answer, StatusCode::FORBIDDEN);
    }
    let list = well(&owner, Method::GET, &keys, None, StatusCode::OK).await;
    assert!(!list.to_string().contains(key), "{list}");
    let shown = list["api_keys"].as_array().unwrap();
    let shown = shown.iter().find(|key| key["id"] == id).unwrap();
    assert_eq!(
        (&shown["role"], &shown["kind"]),
        (&json!("admin"), &json!("project"))
    );
    assert!(key.starts_with(shown["prefix"].as_str().unwrap()));

    // A key of another project is not this one's to end.
    let body = json!({ "name": "Second" });
    let second = well(
        &owner,
        Method::POST,
        "/api/projects",
        Some(body),
        StatusCode::CREATED,
    )
    .await;
    let there = format!(
        "/api/projects/{}",
        second["project"]["id"].as_str().unwrap()
    );
    let answer = ask(
        &owner,
        Method::DELETE,
        &format!("{there}/api-keys/{id}"),
        None,
    )
    .await;
    error(&answer, StatusCode::NOT_FOUND);
    let foreign = json!({ "name": "x", "agent_id": agent });
    let answer = ask(
        &owner,
        Method::POST,
        &format!("{there}/api-keys"),
        Some(foreign),
    )
    .await;
    assert!(error(&answer, StatusCode::BAD_REQUEST).starts_with("agent_id"));
    let wrong = json!({ "name": "x", "agent_id": agent, "role": "admin" });
    let answer = ask(&owner, Method::POST, &keys, Some(wrong)).await;
    assert!(error(&answer, StatusCode::BAD_REQUEST).starts_with("role"));

    let end = format!("{keys}/{id}");
    well(&owner, Method::DELETE, &end, None, StatusCode::NO_CONTENT).await;
    error(
        &ask(&program, Method::GET, &one, None).await,
        StatusCode::UNAUTHORIZED,
    );
    // What is kept of a key is not the key.
    let kept = "SELECT count(*) FROM tokens WHERE hash = sha256(convert_to($1, 'UTF8'))";
    assert_eq!(
        app.database().rows(kept, &[&key]).await[0].get::<_, i64>(0),
        1
    );
    let agent = home.with_token(&app, TokenKind::Agent, &agent, None).await;
    well(&agent, Method::GET, &one, None, StatusCode::OK).await;
    app.finish().await;
}
