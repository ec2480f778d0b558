//! The agents that work in a project.

use reqwest::{Method, StatusCode};
use serde_json::json;
use store::tokens::TokenKind;
use tests::App;
use tests::fakes::telegram::{TOKEN, Telegram};
use tests::people::{Home, first_agent};

use super::{ask, error, well};

#[tokio::test]
async fn an_agent_of_another_project_answers_where_it_was_added() {
    let telegram = Telegram::start().await;
    let app = App::build()
        .set("CLOISTER_TELEGRAM_API_URL", telegram.url())
        .start()
        .await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    owner.pushed("oblige", crate::guest("oblige")).await;
    let agent = first_agent(app.database()).await;
    let body = json!({ "name": "Shop" });
    let made = well(
        &owner,
        Method::POST,
        "/api/projects",
        Some(body),
        StatusCode::CREATED,
    )
    .await;
    let shop = made["project"]["id"].as_str().unwrap();
    let one = format!("/api/projects/{shop}");
    let (members, channels) = (format!("{one}/members"), format!("{one}/channels"));
    let bot = json!({
        "channel_type": "telegram", "display_name": "Bot", "primary_agent_id": agent,
        "credential": { "type": "telegram", "bot_token": TOKEN },
    });
    let early = ask(&owner, Method::POST, &channels, Some(bot.clone())).await;
    assert!(error(&early, StatusCode::BAD_REQUEST).starts_with("primary_agent_id"));

    let add = json!({ "agent_id": agent, "role": "lead" });
    let added = well(
        &owner,
        Method::POST,
        &members,
        Some(add),
        StatusCode::CREATED,
    )
    .await;
    let member = &added["member"];
    assert_eq!(
        (
            &member["project_id"],
            &member["agent_id"],
            &member["role"],
            &member["added_by"]
        ),
        (
            &json!(shop),
            &json!(agent),
            &json!("lead"),
            &json!(home.owner)
        )
    );
    assert!(member["added_at"].as_str().unwrap().ends_with('Z'));
    let shown = well(&owner, Method::GET, &one, None, StatusCode::OK).await;
    assert_eq!(shown["project"]["primary_agent_id"], json!(agent));
    let list = well(&owner, Method::GET, &members, None, StatusCode::OK).await;
    assert_eq!(list["members"], json!([member]));
    let there = format!("/api/projects/{}/members", home.project);
    let list = well(&owner, Method::GET, &there, None, StatusCode::OK).await;
    assert!(list["members"][0]["added_by"].is_null(), "{list}");

    let channel = well(
        &owner,
        Method::POST,
        &channels,
        Some(bot),
        StatusCode::CREATED,
    )
    .await;
    telegram.say(42, "Grüezi");
    telegram.wait_for(1).await;
    app.database().settled().await;

    // One that lives there is not taken out.
    let lives = format!("{there}/{agent}");
    error(
        &ask(&owner, Method::DELETE, &lives, None).await,
        StatusCode::CONFLICT,
    );
    let out = format!("{members}/{agent}");
    well(&owner, Method::DELETE, &out, None, StatusCode::NO_CONTENT).await;
    error(
        &ask(&owner, Method::DELETE, &out, None).await,
        StatusCode::NOT_FOUND,
    );
    let path = format!("{channels}/{}", channel["channel"]["id"].as_str().unwrap());
    let shown = well(&owner, Method::GET, &path, None, StatusCode::OK).await;
    assert!(shown["channel"]["primary_agent_id"].is_null(), "{shown}");
    let shown = well(&owner, Method::GET, &one, None, StatusCode::OK).await;
    assert!(shown["project"]["primary_agent_id"].is_null(), "{shown}");
    app.finish().await;
}

#[tokio::test]
async fn one_adds_agents_that_are_ones_own() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    owner.pushed("echo", crate::guest("echo")).await;
    let agent = first_agent(app.database()).await;
    let body = json!({ "name": "Shop" });
    let made = well(
        &owner,
        Method::POST,
        "/api/projects",
        Some(body),
        StatusCode::CREATED,
    )
    .await;
    let shop = made["project"]["id"].as_str().unwrap();
    // An owner of that project alone.
    let ada = home.person(&app, "ada").await;
    let statement = format!(
        "INSERT INTO members (organization_id, project_id, user_id, role) VALUES ('{}', '{shop}', '{ada}', 'owner')",
        home.organization
    );
    app.database().rows(&statement, &[]).await;
    let ada = home.with_token(&app, TokenKind::Personal, &ada, None).await;
    let members = format!("/api/projects/{shop}/members");
    let unknown = uuid::Uuid::now_v7().to_string();
    for id in [agent.as_str(), &unknown, "echo"] {
        let body = json!({ "agent_id": id, "role": "member" });
        let answer = ask(&ada, Method::POST, &members, Some(body)).await;
        let told = error(&answer, StatusCode::BAD_REQUEST);
        assert!(
            told.contains("agent not found or not owned by this project's owner"),
            "{told}"
        );
    }
    let wrong = json!({ "agent_id": agent, "role": "king" });
    let answer = ask(&owner, Method::POST, &members, Some(wrong)).await;
    assert!(error(&answer, StatusCode::BAD_REQUEST).starts_with("role"));

    let body = json!({ "agent_id": agent });
    let added = well(
        &owner,
        Method::POST,
        &members,
        Some(body),
        StatusCode::CREATED,
    )
    .await;
    assert_eq!(added["member"]["role"], "member");
    // From then on Ada may choose it, who does not see where it lives.
    let path = format!("/api/projects/{shop}/channels");
    let wechat = json!({
        "channel_type": "wechat", "display_name": "W", "credential": { "type": "wechat" }, "primary_agent_id": agent,
    });
    let made = well(&ada, Method::POST, &path, Some(wechat), StatusCode::CREATED).await;
    assert_eq!(made["channel"]["primary_agent_id"], json!(agent));
    app.finish().await;
}
