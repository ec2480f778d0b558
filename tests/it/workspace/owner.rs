//! What people and programs do with an agent's files.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{hoarding, hoarding_with};
use tests::App;
use tests::people::Home;

const FILES: &str = "/api/agents/hoard/files";

#[tokio::test]
async fn an_owner_writes_reads_lists_and_deletes_files() {
    let (app, _callback, channel) = hoarding().await;
    let owner = app.owner();
    let put = owner.request(Method::PUT, &format!("{FILES}/reports/may%202026.csv"));
    let put = put.header("content-type", "text/csv").body("1,2");
    let answer = put.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let written: Value = answer.json().await.unwrap();
    assert_eq!(written["path"], "reports/may 2026.csv");
    assert_eq!(written["sha256"].as_str().unwrap().len(), 64);
    channel.say("ada", "write b.txt hello").await;

    let read = owner.request(Method::GET, &format!("{FILES}/reports/may%202026.csv"));
    let read = read.send().await.unwrap();
    assert_eq!(read.headers()["content-type"], "text/csv");
    let disposition = &read.headers()["content-disposition"];
    assert_eq!(disposition, "attachment; filename*=UTF-8''may%202026.csv");
    assert_eq!(read.text().await.unwrap(), "1,2");

    let (_, page) = owner
        .send(Method::GET, &format!("{FILES}?limit=1"), None)
        .await;
    assert_eq!(
        (&page["files"][0]["path"], &page["hasMore"]),
        (&json!("b.txt"), &json!(true))
    );
    let (_, page) = owner
        .send(Method::GET, &format!("{FILES}?limit=1&after=b.txt"), None)
        .await;
    assert_eq!(page["files"][0]["path"], "reports/may 2026.csv");
    assert_eq!(page["hasMore"], false);

    let (status, _) = owner
        .send(Method::DELETE, &format!("{FILES}/b.txt"), None)
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(channel.say("ada", "list ").await, ["reports/may 2026.csv"]);
    let audited = "SELECT count(*) FROM audit WHERE action IN ('writeFile', 'deleteFile') AND outcome = 'done'";
    assert_eq!(app.database().count(audited).await, 2);
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_is_told_with_its_name() {
    let small = App::build()
        .set("CLOISTER_FILE_SIZE", "1KiB")
        .set("CLOISTER_WORKSPACE_FILES", "1");
    let (app, _callback, _channel) = hoarding_with(small).await;
    let owner = app.owner();
    let put = async |path: &str, kind: &str, body: Vec<u8>| {
        let request = owner.request(Method::PUT, &format!("{FILES}/{path}"));
        let answer = request
            .header("content-type", kind)
            .body(body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.text().await.unwrap())
    };
    for bad in [
        "a%2F..%2Fb",
        "a%5Cb",
        "a%0Ab",
        "a%2F%2Fb",
        "a%2F",
        "%20a",
        "a%E2%80%AEb",
    ] {
        let (status, told) = put(bad, "text/plain", vec![1]).await;
        assert_eq!(status, 400, "{bad}: {told}");
        assert!(
            told.contains("path") && told.contains("invalid"),
            "{bad}: {told}"
        );
    }
    assert_eq!(put("a", "nonsense", vec![1]).await.0, 400);
    assert_eq!(put("a", "text/plain", vec![1; 1_025]).await.0, 413);
    assert_eq!(put("a", "text/plain", vec![1; 1_024]).await.0, 200);
    assert_eq!(put("a", "text/plain", vec![]).await.0, 200);
    let (status, told) = put("b", "text/plain", vec![1]).await;
    assert_eq!(status, 409);
    assert!(told.contains("1 files; delete some"), "{told}");
    for path in ["/nowhere", "?after=..", "?limit=x", "?prefix=%2F"] {
        let (status, told) = owner
            .send(Method::GET, &format!("{FILES}{path}"), None)
            .await;
        let wanted = if path == "/nowhere" { 404 } else { 400 };
        assert_eq!(status.as_u16(), wanted, "{path}: {told}");
    }
    let (status, _) = owner
        .send(Method::DELETE, &format!("{FILES}/nowhere"), None)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let limits = |limits: &str| {
        let query = format!(
            "mutation {{ updateAgent(id: \"hoard\", input: {{ limits: {limits} }}) {{ id }} }}"
        );
        let owner = owner.clone();
        async move { owner.graphql(&query, json!({})).await.to_string() }
    };
    assert!(
        limits("{workspace_files: 2}")
            .await
            .contains("may be at most 1")
    );
    assert!(!limits("{workspace_bytes: 10}").await.contains("errors"));
    assert_eq!(put("a", "text/plain", vec![1; 11]).await.0, 409);
    app.finish().await;
}

#[tokio::test]
async fn files_are_a_noun_of_the_control_plane() {
    let (app, _callback, channel) = hoarding().await;
    let owner = app.owner();
    let write = "mutation($file: Upload!) { writeFile(input: { agent: \"hoard\", path: \"a/b.txt\", file: $file }) {
        id path size contentType agent { name } } }";
    let operations = json!({ "query": write, "variables": { "file": null } }).to_string();
    let part = |name: &str, head: &str, bytes: &str| {
        format!(
            "--edge\r\ncontent-disposition: form-data; name=\"{name}\"{head}\r\n\r\n{bytes}\r\n"
        )
    };
    let body = [
        part("operations", "", &operations),
        part("map", "", "{\"0\": [\"variables.file\"]}"),
        part("0", "; filename=\"b.txt\"", "hello"),
        "--edge--\r\n".to_owned(),
    ];
    let request = owner.request(Method::POST, "/graphql");
    let request = request.header("content-type", "multipart/form-data; boundary=edge");
    let answer: Value = request
        .body(body.concat())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let file = &answer["data"]["writeFile"];
    assert_eq!(
        (
            &file["path"],
            &file["size"],
            &file["contentType"],
            &file["agent"]["name"]
        ),
        (
            &json!("a/b.txt"),
            &json!(5),
            &json!("text/plain"),
            &json!("hoard")
        ),
        "{answer}"
    );
    channel.say("ada", "write c.txt x").await;
    let query = "query($id: ID!) { node(id: $id) { ... on File { path url } }
        agents { nodes { name files(prefix: \"a\", first: 1) { nodes { path sha256 } pageInfo { hasNextPage endCursor } }
            all: files { nodes { path } } workspace { bytes files mostBytes mostFiles } } } }";
    let answer = owner.graphql(query, json!({ "id": file["id"] })).await;
    let agents = answer["data"]["agents"]["nodes"].as_array().unwrap();
    let hoard = agents
        .iter()
        .find(|agent| agent["name"] == "hoard")
        .unwrap();
    assert_eq!(hoard["files"]["nodes"][0]["path"], "a/b.txt", "{answer}");
    assert_eq!(hoard["files"]["pageInfo"]["hasNextPage"], false);
    assert_eq!(hoard["all"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(
        hoard["workspace"],
        json!({ "bytes": 6, "files": 2, "mostBytes": 256 << 20, "mostFiles": 10_000 })
    );
    let url = answer["data"]["node"]["url"].as_str().unwrap();
    let (status, text) = owner.send(Method::GET, url, None).await;
    assert_eq!((status, text), (StatusCode::OK, json!("hello")));
    let delete = "mutation { deleteFile(input: { agent: \"hoard\", path: \"a/b.txt\" }) { path } }";
    let answer = owner.graphql(delete, json!({})).await;
    assert_eq!(answer["data"]["deleteFile"]["path"], "a/b.txt");
    let answer = owner.graphql(delete, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "not_found");
    app.finish().await;
}

#[tokio::test]
async fn no_one_reaches_the_files_of_another_organization() {
    let (app, _callback, channel) = hoarding().await;
    channel.say("ada", "write a.txt secret").await;
    let agent = "SELECT id::text FROM agents WHERE name = 'hoard'";
    let agent: String = app.database().rows(agent, &[]).await[0].get(0);
    let elsewhere = Home::elsewhere(&app).await;
    let personal = store::tokens::TokenKind::Personal;
    let eve = elsewhere
        .with_token(&app, personal, &elsewhere.owner, None)
        .await;
    for (method, path) in [
        (Method::GET, format!("/api/agents/{agent}/files")),
        (Method::GET, format!("/api/agents/{agent}/files/a.txt")),
        (Method::PUT, format!("/api/agents/{agent}/files/a.txt")),
        (Method::DELETE, format!("/api/agents/{agent}/files/a.txt")),
    ] {
        let (status, told) = eve.send(method.clone(), &path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}: {told}");
    }
    assert_eq!(channel.say("ada", "read a.txt").await, ["secret"]);
    app.finish().await;
}
