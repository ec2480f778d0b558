//! Connecting, listing, refreshing and disconnecting.

use serde_json::json;
use tests::App;
use tests::git::GitServer;
use tests::people::Home;

use super::{CONNECT, complaint, connect};

#[tokio::test]
async fn a_repository_is_connected_refreshed_and_forgotten() {
    let app = App::start().await;
    let git = GitServer::start().await;
    let engine = git.repository("ada/engine");
    let first = engine.write("README.md", "# Engine").commit("first");

    let answer = connect(&app, &git.url("ada/engine.git/"), None).await;
    let connected = &answer["data"]["connectRepository"];
    assert_eq!(connected["fullName"], "ada/engine", "{answer}");
    assert_eq!(connected["url"], git.url("ada/engine.git"));
    assert_eq!(
        (&connected["head"], &connected["branch"]),
        (&json!(first), &json!("main"))
    );
    let again = connect(&app, &git.url("ada/engine"), None).await;
    assert!(
        complaint(&again).starts_with("conflict Repository `ada/engine`"),
        "{again}"
    );

    let second = engine.write("b", "b").commit("second");
    let owner = app.owner();
    let refresh = "mutation { refreshRepository(name: \"ADA/Engine\") { head } }";
    let answer = owner.graphql(refresh, json!({})).await;
    assert_eq!(
        answer["data"]["refreshRepository"]["head"], second,
        "{answer}"
    );

    let id = connected["id"].as_str().unwrap();
    let query = "query($id: ID!) { repositories { nodes { fullName } } node(id: $id) { ... on Repository { fullName } } }";
    let answer = owner.graphql(query, json!({ "id": id })).await;
    assert_eq!(
        answer["data"]["repositories"]["nodes"],
        json!([{ "fullName": "ada/engine" }])
    );
    assert_eq!(answer["data"]["node"]["fullName"], "ada/engine");

    // No one else sees it, nor changes it.
    let home = Home::of(&app).await;
    let member = home.member(&app, "bob", "admin").await;
    let personal = store::tokens::TokenKind::Personal;
    let bob = home.with_token(&app, personal, &member, None).await;
    let answer = bob.graphql(query, json!({ "id": id })).await;
    assert_eq!(
        answer["data"]["repositories"]["nodes"],
        json!([]),
        "{answer}"
    );
    assert!(answer["data"]["node"].is_null());
    let disconnect = format!("mutation {{ disconnectRepository(name: \"{id}\") {{ id }} }}");
    assert!(complaint(&bob.graphql(&disconnect, json!({})).await).starts_with("not_found"));

    let answer = owner.graphql(&disconnect, json!({})).await;
    assert_eq!(answer["data"]["disconnectRepository"]["id"], id);
    let answer = owner
        .graphql("{ repository(name: \"ada/engine\") { id } }", json!({}))
        .await;
    assert!(complaint(&answer).starts_with("not_found"));
    app.finish().await;
}

#[tokio::test]
async fn a_token_is_sealed_and_used() {
    let app = App::start().await;
    let git = GitServer::start().await;
    git.repository("ada/secret").commit("first");
    git.require("ghp_0123456789");
    for token in [None, Some("wrong")] {
        let told = complaint(&connect(&app, &git.url("ada/secret"), token).await);
        assert!(told.contains("invalid") && told.contains("401"), "{told}");
    }
    let answer = connect(&app, &git.url("ada/secret"), Some("ghp_0123456789")).await;
    assert_eq!(
        answer["data"]["connectRepository"]["hasToken"], true,
        "{answer}"
    );
    let leaks = "SELECT count(*) FROM repositories r, audit a
        WHERE r::text || a::text LIKE '%ghp_0123456789%' OR encode(r.token, 'escape') LIKE '%ghp_0123456789%'";
    assert_eq!(app.database().count(leaks).await, 0);
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_told_when_it_is_connected() {
    let app = App::start().await;
    let git = GitServer::start().await;
    git.repository("ada/empty");
    for (url, why) in [
        (git.url("ada/empty"), "it is empty"),
        (git.url("ada/nowhere"), "status 404"),
        (app.url("/healthz/a/b"), "404"),
        ("https://10.0.0.1/a/b".to_owned(), "not reached"),
        ("https://localhost/a/b".to_owned(), "not reached"),
        ("http://10.0.0.1/a/b".to_owned(), "only https"),
        ("git@github.com:ada/engine.git".to_owned(), "https"),
        ("https://ada:pw@github.com/ada/engine".to_owned(), "token"),
    ] {
        let told = complaint(&connect(&app, &url, None).await);
        assert!(
            told.starts_with("invalid url: ") && told.contains(why),
            "{url}: {told}"
        );
    }
    let kept = "SELECT count(*) FROM repositories";
    assert_eq!(app.database().count(kept).await, 0);
    app.finish().await;
}

#[tokio::test]
async fn what_someone_has_connected_is_forgotten_with_them() {
    let app = App::start().await;
    let git = GitServer::start().await;
    git.repository("ada/engine").commit("first");
    let home = Home::of(&app).await;
    let member = home.member(&app, "bob", "viewer").await;
    let personal = store::tokens::TokenKind::Personal;
    let bob = home.with_token(&app, personal, &member, None).await;
    let variables = json!({ "url": git.url("ada/engine"), "token": "ghp_0123456789" });
    let answer = bob.graphql(CONNECT, variables).await;
    assert!(answer["errors"].is_null(), "{answer}");
    let remove = "mutation($user: ID!) { removeUser(userId: $user) { id } }";
    let answer = app.owner().graphql(remove, json!({ "user": member })).await;
    assert!(answer["errors"].is_null(), "{answer}");
    let kept = "SELECT count(*) FROM repositories";
    assert_eq!(app.database().count(kept).await, 0);
    app.finish().await;
}
