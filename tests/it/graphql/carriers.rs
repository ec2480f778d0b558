//! GraphQL over HTTP: as its specification has it, checked by the audit of the npm package `graphql-http`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;
use tests::node::Script;

#[tokio::test]
async fn the_audit_of_graphql_over_http_finds_nothing() {
    let app = App::start().await;
    let results = Script::start("audit.cjs", &[&app.url("/graphql")])
        .rest()
        .await;
    let results: Vec<Value> = results
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(results.len() > 50, "{results:?}");
    let wrong: Vec<&Value> = results
        .iter()
        .filter(|result| result["status"] != "ok")
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{} checks passed", results.len());
    app.finish().await;
}

#[tokio::test]
async fn what_is_no_request_is_told_by_its_status() {
    let app = App::start().await;
    let owner = app.owner();
    let answer = owner
        .request(Method::DELETE, "/graphql")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (answer.status(), answer.headers()["allow"].to_str().unwrap()),
        (StatusCode::METHOD_NOT_ALLOWED, "GET, POST")
    );

    let post = |kind: &'static str, body: &'static str| {
        owner
            .request(Method::POST, "/graphql")
            .header("content-type", kind)
            .body(body)
    };
    let status = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status();
    assert_eq!(
        status(post("text/plain", "{}")).await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(
        status(post("application/json", "[]")).await,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        status(post("application/json", "[{\"query\":\"{__typename}\"}]")).await,
        StatusCode::BAD_REQUEST
    );
    let plain =
        post("application/json", "{\"query\":\"{__typename}\"}").header("accept", "text/plain");
    assert_eq!(status(plain).await, StatusCode::NOT_ACCEPTABLE);
    let large = format!("{{\"query\":\"{}\"}}", " ".repeat(300 << 10));
    let large = owner
        .request(Method::POST, "/graphql")
        .header("content-type", "application/json")
        .body(large);
    assert_eq!(status(large).await, StatusCode::PAYLOAD_TOO_LARGE);
    let get = owner.request(Method::GET, "/graphql?query=mutation%7Bx%7D");
    assert_eq!(status(get).await, StatusCode::METHOD_NOT_ALLOWED);

    let get = owner.request(Method::GET, "/graphql?query=%7Bviewer%7Bname%7D%7D");
    let answer: Value = get.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer, json!({ "data": { "viewer": { "name": "Owner" } } }));
    app.finish().await;
}

#[tokio::test]
async fn a_query_is_sent_once_and_then_by_its_hash() {
    let app = App::start().await;
    let query = "{ viewer { name } }";
    use sha2::Digest;
    let hash = hex::encode(sha2::Sha256::digest(query));
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let owner = app.owner();
    let send = async |body: Value| owner.send(Method::POST, "/graphql", Some(body)).await.1;

    let unknown = send(json!({ "extensions": extensions })).await;
    assert_eq!(unknown["errors"][0]["message"], "PersistedQueryNotFound");
    assert_eq!(
        unknown["errors"][0]["extensions"]["code"],
        "PERSISTED_QUERY_NOT_FOUND"
    );
    let named = json!({ "data": { "viewer": { "name": "Owner" } } });
    assert_eq!(
        send(json!({ "query": query, "extensions": extensions })).await,
        named
    );
    assert_eq!(send(json!({ "extensions": extensions })).await, named);
    app.finish().await;
}

#[tokio::test]
async fn without_a_caller_nothing_is_told() {
    let app = App::start().await;
    let body = json!({ "query": "{ viewer { id } }" });
    let answer = app
        .http()
        .post(app.url("/graphql"))
        .json(&body)
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["data"], Value::Null);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "unauthenticated");
    app.finish().await;
}
