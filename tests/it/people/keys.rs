//! Keys: shown once, listed by their beginning, rotated and ended; each in every header.

use reqwest::StatusCode;
use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::owner::Owner;
use tests::people::{Home, first_agent};

use super::{code, data, public};

async fn status(app: &App, header: &str, value: &str) -> StatusCode {
    let request = app.http().get(app.url("/api/agents")).header(header, value);
    request.send().await.unwrap().status()
}

async fn is_good(app: &App, key: &str) -> bool {
    status(app, "x-api-key", key).await == StatusCode::OK
}

#[tokio::test]
async fn a_key_is_shown_once_and_ends_when_it_is_rotated_or_revoked() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let create = "mutation($input: CreateProjectKeyInput!) { createProjectKey(input: $input) { secret apiKey { id prefix role } } }";
    let input = json!({ "projectId": home.project, "name": "deploys", "role": "MEMBER", "expiresInDays": 30 });
    let made = data(owner.graphql(create, json!({ "input": input })).await);
    let (made, id) = (
        &made["createProjectKey"],
        &made["createProjectKey"]["apiKey"]["id"],
    );
    let secret = made["secret"].as_str().unwrap();
    assert!(
        secret.starts_with("jg_p_")
            && secret.starts_with(made["apiKey"]["prefix"].as_str().unwrap())
    );
    for (header, value) in [
        ("authorization", format!("Bearer {secret}")),
        ("x-api-key", secret.to_owned()),
        ("x-access-token", secret.to_owned()),
    ] {
        assert_eq!(
            status(&app, header, &value).await,
            StatusCode::OK,
            "{header}"
        );
    }
    let list = "query($id: ID!) { apiKeys(projectId: $id) { nodes { id kind name prefix lastUsedAt revokedAt createdBy { name } } } }";
    let list = async || {
        data(owner.graphql(list, json!({ "id": home.project })).await)["apiKeys"]["nodes"].clone()
    };
    let shown = list().await;
    assert!(!shown.to_string().contains(secret), "{shown}");
    let mine = shown
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["id"] == *id)
        .unwrap();
    assert!(
        mine["lastUsedAt"].is_string() && mine["revokedAt"].is_null(),
        "{mine}"
    );
    assert_eq!(mine["createdBy"]["name"], "Owner");

    let rotate = "mutation($id: ID!) { rotateApiKey(id: $id) { secret apiKey { id name role } } }";
    let rotated = data(owner.graphql(rotate, json!({ "id": id })).await)["rotateApiKey"].clone();
    let fresh = rotated["secret"].as_str().unwrap();
    assert_eq!(
        (&rotated["apiKey"]["name"], &rotated["apiKey"]["role"]),
        (&json!("deploys"), &json!("MEMBER"))
    );
    assert!(!is_good(&app, secret).await && is_good(&app, fresh).await);
    assert_eq!(
        code(&owner.graphql(rotate, json!({ "id": id })).await),
        Some("conflict")
    );

    let revoke = "mutation($id: ID!) { revokeApiKey(id: $id) { revokedAt } }";
    let revoked = data(
        owner
            .graphql(revoke, json!({ "id": rotated["apiKey"]["id"] }))
            .await,
    );
    assert!(revoked["revokeApiKey"]["revokedAt"].is_string());
    assert!(!is_good(&app, fresh).await);
    app.finish().await;
}

#[tokio::test]
async fn each_kind_of_key_has_its_own_look_and_reach() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let agent = first_agent(app.database()).await;
    let secret = async |query: &str, variables: Value| {
        let made = data(owner.graphql(query, variables).await);
        let made = made.as_object().unwrap().values().next().unwrap().clone();
        made["secret"].as_str().unwrap().to_owned()
    };
    let of_agent = secret(
        "mutation($id: ID!) { createAgentKey(agentId: $id, name: \"it\") { secret } }",
        json!({ "id": agent }),
    )
    .await;
    let of_person = secret(
        "mutation { createPersonalToken(name: \"laptop\") { secret } }",
        json!({}),
    )
    .await;
    let external = secret("mutation { renewExternalToken { secret } }", json!({})).await;
    let is_hex = |text: &str, prefix: &str| {
        let digits = text.strip_prefix(prefix).unwrap();
        digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit())
    };
    assert!(
        is_hex(&of_agent, "jg_a_") && is_hex(&external, "eggent_ext_"),
        "{of_agent} {external}"
    );
    assert!(of_person.starts_with("clt_"));
    assert!(is_good(&app, &of_agent).await && is_good(&app, &of_person).await);
    // The external token is for external messages alone, and the one before it has ended.
    assert_eq!(
        status(&app, "x-api-key", &external).await,
        StatusCode::FORBIDDEN
    );
    secret("mutation { renewExternalToken { secret } }", json!({})).await;
    assert_eq!(
        status(&app, "x-api-key", &external).await,
        StatusCode::UNAUTHORIZED
    );
    // An agent sees its project and changes nothing in it.
    let of_agent = app.by(&of_agent);
    let stopped = of_agent
        .send(
            reqwest::Method::POST,
            &format!("/api/agents/{agent}/stop"),
            None,
        )
        .await;
    assert_eq!(stopped.0, StatusCode::FORBIDDEN, "{}", stopped.1);
    let mine = data(
        of_agent
            .graphql("{ projects { nodes { id } } }", json!({}))
            .await,
    );
    assert_eq!(
        mine["projects"]["nodes"],
        json!([{ "id": public("prj", &home.project) }])
    );

    let none =
        "mutation($input: CreateProjectKeyInput!) { createProjectKey(input: $input) { secret } }";
    for (field, value) in [
        ("role", json!("OWNER")),
        ("name", json!(" ")),
        ("expiresInDays", json!(0)),
    ] {
        let mut input = json!({ "projectId": home.project, "name": "x" });
        input[field] = value;
        let refused = owner.graphql(none, json!({ "input": input })).await;
        assert_eq!(code(&refused), Some("invalid"), "{refused}");
        assert_eq!(refused["errors"][0]["extensions"]["field"], field);
    }
    app.finish().await;
}

#[tokio::test]
async fn keys_end_with_whoever_made_them() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let agent = first_agent(app.database()).await;
    let made = async |by: &Owner| {
        let make = "mutation($project: ID!, $agent: ID!) {
            createProjectKey(input: { projectId: $project, name: \"hers\", role: ADMIN }) { secret apiKey { id } }
            createAgentKey(agentId: $agent, name: \"hers\") { secret apiKey { id } } }";
        let variables = json!({ "project": home.project, "agent": agent });
        let made = data(by.graphql(make, variables).await);
        ["createProjectKey", "createAgentKey"]
            .map(|key| made[key]["secret"].as_str().unwrap().to_owned())
    };
    let admin = async |name: &str| {
        let user = home.member(&app, name, "admin").await;
        let by = home
            .with_token(&app, TokenKind::Personal, &user, None)
            .await;
        (user, by)
    };
    let (grace, by_grace) = admin("grace").await;
    let (ada, by_ada) = admin("ada").await;
    let (of_owner, of_grace, of_ada) = (
        made(&owner).await,
        made(&by_grace).await,
        made(&by_ada).await,
    );
    for key in [&of_owner, &of_grace, &of_ada].into_iter().flatten() {
        assert!(is_good(&app, key).await);
    }

    // Whoever leaves a project takes no key along, and whoever leaves the organization neither.
    let out = "mutation($project: ID!, $user: ID!) { removeMember(projectId: $project, userId: $user) { role } }";
    let variables = json!({ "project": home.project, "user": grace });
    data(owner.graphql(out, variables).await);
    let out = "mutation($user: ID!) { removeUser(userId: $user) { id } }";
    data(owner.graphql(out, json!({ "user": ada })).await);
    for (key, lasts) in [(&of_owner, true), (&of_grace, false), (&of_ada, false)] {
        for key in key {
            assert_eq!(is_good(&app, key).await, lasts);
        }
    }
    // Their owner sees what it was that stopped working.
    let list = "query($id: ID!) { apiKeys(projectId: $id) { nodes { name revokedAt createdBy { name } } } }";
    let listed = data(owner.graphql(list, json!({ "id": home.project })).await);
    let listed = listed["apiKeys"]["nodes"].as_array().unwrap().iter();
    let ended = listed.filter(|key| key["revokedAt"].is_string());
    let mut makers: Vec<&str> = ended
        .map(|key| key["createdBy"]["name"].as_str().unwrap())
        .collect();
    makers.sort_unstable();
    assert_eq!(makers, ["ada", "ada", "grace", "grace"]);
    app.finish().await;
}
