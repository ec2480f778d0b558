//! The audit log: every change through any way in, done or failed, for those who may read it.

use reqwest::Method;
use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::owner::Owner;
use tests::people::{Home, first_agent};

use super::{code, data, public};

const LOG: &str = "query($filter: AuditFilter, $first: Int, $after: String, $last: Int, $before: String) {
    auditLog(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        nodes { id action outcome errorCode way entrance subjectKind subjectId userId user { id } address }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn page(who: &Owner, variables: Value) -> (Vec<Value>, Value) {
    let answer = data(who.graphql(LOG, variables).await);
    let page = &answer["auditLog"];
    let rows = page["nodes"].as_array().unwrap().clone();
    (rows, page["pageInfo"].clone())
}

async fn log(who: &Owner, variables: Value) -> Vec<Value> {
    page(who, variables).await.0
}

#[tokio::test]
async fn every_change_leaves_a_row() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let agent = first_agent(app.database()).await;
    owner
        .send(Method::POST, &format!("/api/agents/{agent}/stop"), None)
        .await;
    let channel = owner.channel("echo", "http://127.0.0.1:9/hook").await;
    let path = format!("/api/channels/{}", channel.id);
    owner
        .send(Method::POST, &format!("{path}/rotate-key"), None)
        .await;
    owner.send(Method::DELETE, &path, None).await;
    let taken = "mutation { createProject(input: { name: \"x\", slug: \"home\" }) { id } }";
    assert_eq!(
        code(&owner.graphql(taken, json!({})).await),
        Some("conflict")
    );

    let rows = log(&owner, json!({})).await;
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            format!("{} {} {}", row["entrance"], row["action"], row["outcome"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        told,
        [
            "graphql createProject FAILED",
            "rest deleteChannel DONE",
            "rest rotateChannelKey DONE",
            "rest createChannel DONE",
            "rest stopAgent DONE",
        ]
    );
    assert_eq!(rows[0]["errorCode"], "conflict");
    let deleted = &rows[1];
    assert_eq!(
        (&deleted["subjectKind"], &deleted["subjectId"]),
        (&json!("channel"), &json!(channel.id))
    );
    assert_eq!(
        (&deleted["way"], &deleted["userId"]),
        (&json!("personal_token"), &json!(public("usr", &home.owner)))
    );
    assert_eq!(deleted["address"], "127.0.0.1");
    // No row has a secret.
    assert!(!json!(rows).to_string().contains(&channel.key));

    assert_eq!(deleted["user"]["id"], deleted["userId"]);
    let (first, info) = page(&owner, json!({ "first": 2 })).await;
    assert_eq!(first, rows[..2]);
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(true), &json!(false))
    );
    let on = json!({ "first": 2, "after": info["endCursor"] });
    let (next, info) = page(&owner, on).await;
    assert_eq!(next, rows[2..4]);
    let back = json!({ "last": 1, "before": info["startCursor"] });
    let (before, info) = page(&owner, back).await;
    assert_eq!(before, rows[1..2]);
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(true), &json!(true))
    );
    let of_mine = json!({ "userId": home.owner, "action": "stopAgent" });
    assert_eq!(log(&owner, json!({ "filter": of_mine })).await, rows[4..]);
    let stops = log(&owner, json!({ "filter": { "action": "stopAgent" } })).await;
    assert_eq!(stops, rows[4..]);
    app.finish().await;
}

#[tokio::test]
async fn who_manages_a_project_reads_its_rows_and_no_others() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let agent = first_agent(app.database()).await;
    owner
        .send(Method::POST, &format!("/api/agents/{agent}/stop"), None)
        .await;
    data(
        owner
            .graphql(
                "mutation { updateOrganization(name: \"Ours\") { name } }",
                json!({}),
            )
            .await,
    );
    let by = async |name: &str, role: &str| {
        let user = home.member(&app, name, role).await;
        home.with_token(&app, TokenKind::Personal, &user, None)
            .await
    };
    let (admin, member) = (by("alan", "admin").await, by("mary", "member").await);
    let of_project = json!({ "filter": { "projectId": home.project } });
    let actions: Vec<_> = log(&admin, of_project.clone())
        .await
        .iter()
        .map(|row| row["action"].clone())
        .collect();
    assert_eq!(actions, ["stopAgent"]);
    assert_eq!(
        code(&admin.graphql(LOG, json!({})).await),
        Some("forbidden")
    );
    assert_eq!(
        code(&member.graphql(LOG, of_project.clone()).await),
        Some("forbidden")
    );
    let elsewhere = Home::elsewhere(&app).await;
    let eve = elsewhere
        .with_token(&app, TokenKind::Personal, &elsewhere.owner, None)
        .await;
    assert!(log(&eve, json!({})).await.is_empty());
    assert!(log(&eve, of_project).await.is_empty());
    app.finish().await;
}
