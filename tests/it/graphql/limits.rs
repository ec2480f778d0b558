//! What a query may be.

use std::fmt::Write;

use serde_json::{Value, json};
use tests::App;

#[tokio::test]
async fn a_query_is_bounded_in_every_direction() {
    let app = App::start().await;
    let told = async |query: &str| super::refused(&app, query, json!({})).await.0;

    let mut deep = "{ projects(first: 1) { nodes { ".to_owned();
    for _ in 0..8 {
        deep.push_str("agents(first: 1) { nodes { project { ");
    }
    deep.push_str("id ");
    deep.push_str(&"} } } ".repeat(8));
    deep.push_str("} } }");
    assert_eq!(told(&deep).await, "query_too_deep");

    let costly = "{ projects(first: 200) { nodes { agents(first: 200) { nodes { turns(first: 200) { nodes { id } } } } } } }";
    assert_eq!(told(costly).await, "query_too_complex");

    let mut aliases = String::new();
    for number in 0..51 {
        write!(aliases, "a{number}: viewer {{ id }} ").unwrap();
    }
    assert_eq!(told(&format!("{{ {aliases} }}")).await, "too_many_aliases");
    assert_eq!(told("{ viewer { id ").await, "parse_failed");
    assert_eq!(told("{ viewer { shoeSize } }").await, "validation_failed");
    assert_eq!(
        told("{ agents(first: 1000) { nodes { id } } }").await,
        "invalid"
    );
    app.finish().await;
}

#[tokio::test]
async fn what_takes_too_long_is_ended() {
    let app = App::build()
        .set("CLOISTER_GRAPHQL_SECONDS", "0.001")
        .start()
        .await;
    let query = "{ projects(first: 5) { nodes { agents(first: 5) { nodes { turns(first: 5) { nodes { replies { text } } } } } } } }";
    let answer = app.owner().graphql(query, json!({})).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "timeout",
        "{answer}"
    );
    app.finish().await;
}

#[tokio::test]
async fn the_schema_can_be_kept_from_strangers() {
    let app = App::build()
        .set("CLOISTER_GRAPHQL_INTROSPECTION", "off")
        .start()
        .await;
    let answer = app
        .owner()
        .graphql("{ __schema { types { name } } viewer { name } }", json!({}))
        .await;
    assert!(!answer.to_string().contains("Agent"), "{answer}");
    // Nor is it told by suggestions.
    let answer = app
        .owner()
        .graphql("{ agentz { nodes { id } } }", json!({}))
        .await;
    assert!(!answer.to_string().contains("agents"), "{answer}");
    assert_eq!(
        super::ask(&app, "{ viewer { name } }", json!({})).await["viewer"]["name"],
        Value::from("Owner")
    );
    app.finish().await;
}
